/** Plays one hostile scene after the other, each from a seed of its own, until it is told to stop. */
import { parentPort, workerData } from 'node:worker_threads'
import { HostileScene } from '../../dist/test/support/hostile-scene.js'
import { sceneSettings } from '../../dist/test/support/scene-settings.js'

const { seed, seeds, packets, stop } = workerData
/** Rounds between news. */
const ROUNDS = 500
const stopped = new Int32Array(stop)

const news = (scene, more) =>
  parentPort.postMessage({
    seed: scene.settings.seed,
    packets: scene.injected,
    answers: scene.target.counters.packetsOut,
    opened: scene.opened,
    visits: scene.visits,
    most: scene.most,
    heap: process.memoryUsage().heapUsed,
    ...more,
  })

/** @returns whether it came to its end */
const play = scene => {
  for (let n = 0; scene.round(); n++) {
    if (Atomics.load(stopped, 0) === 1) return false
    if (n % ROUNDS === 0) news(scene, {})
  }
  scene.end()
  return true
}

for (let n = seed; n < seed + seeds && Atomics.load(stopped, 0) === 0; n++) {
  const scene = new HostileScene(sceneSettings(n, packets))
  try {
    const ended = play(scene)
    news(scene, ended ? { over: true, troubles: scene.troubles() } : { broken: true })
  } catch (error) {
    news(scene, { over: true, troubles: [String(error?.stack ?? error)] })
  }
  // What a WeakRef was made of, or has given, stays until the event loop is returned to: it would look like a leak.
  await new Promise(setImmediate)
}
