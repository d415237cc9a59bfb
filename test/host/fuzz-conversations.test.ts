/**
 * Half a million packets where sweeps are whole, random and almost valid, from peers that lead real conversations: nothing throws, nothing goes
 * on for ever, nothing grows without bounds, and a healthy peer's stream passes through it byte by byte. `npm run fuzz --
 * --stateful` plays such scenes for hours, with other options for each seed.
 */

import test from 'ava'
import { abort } from '../../src/tcp/calls.ts'
import { TimeWait } from '../../src/tcp/time-wait.ts'
import { DROP_REASONS } from '../../src/wire/drop.ts'
import { HostileScene, type SceneSettings } from '../support/hostile-scene.ts'
import { sceneSettings } from '../support/scene-settings.ts'
import { sweep } from '../support/sweep.ts'

/** In all, half of them of each family. */
const PACKETS = sweep(500_000, 100_000)

const play = (settings: SceneSettings): HostileScene => {
  const scene = new HostileScene(settings)
  while (scene.round());
  scene.end()
  return scene
}

for (const family of [4, 6] as const) {
  test(`${PACKETS / 2} packets of almost real conversations over IPv${family}`, t => {
    const scene = play({ seed: 1, packets: PACKETS / 2, families: [family] })
    t.deepEqual(scene.troubles(), [])
    const { target, most, states, injected } = scene
    t.is(injected, PACKETS / 2)
    t.true(most.fragments > 0)
    const { packetsIn, packetsOut } = target.counters
    t.true(packetsIn >= injected && packetsOut < 1.5 * packetsIn, `${packetsOut} sent`)
    // It went deep: every state, and most ways of dropping a packet.
    t.deepEqual([...states].sort(), [
      'CLOSED',
      'CLOSE_WAIT',
      'CLOSING',
      'ESTABLISHED',
      'FIN_WAIT_1',
      'FIN_WAIT_2',
      'LAST_ACK',
      'LISTEN',
      'SYN_RECEIVED',
      'SYN_SENT',
      'TIME_WAIT',
    ])
    t.deepEqual(Object.keys(target.drops).sort(), [...DROP_REASONS].sort())
    const never = DROP_REASONS.filter(reason => target.drops[reason] === 0)
    t.log('never dropped for', never.join(', '))
    t.log(most, target.counters)
    t.true(Object.values(target.drops).reduce((a, b) => a + b) > injected / 10)
  })

  test(`IPv${family}: the same seed, the same packets`, t => {
    const [a, b, c] = [2, 2, 3].map(seed => play({ seed, packets: sweep(20_000, 5000), families: [family] }))
    t.is(a!.digest, b!.digest)
    t.deepEqual(a!.target.drops, b!.target.drops)
    t.not(a!.digest, c!.digest)
  })
}

test('both families, with all stimuli and other options for each seed: nobody is harmed', t => {
  for (let seed = 1; seed <= 3; seed++) {
    const scene = play(sceneSettings(seed, sweep(10_000, 3000)))
    t.deepEqual(scene.troubles(), [], `seed ${seed}`)
    t.true(scene.visits > 0)
  }
})

test('a scene tells of a decent peer that is harmed, and of what is left', t => {
  const scene = new HostileScene({ seed: 1, packets: 1000, families: [4] })
  while (scene.round());
  const left = scene.troubles()
  t.true(
    left.some(trouble => trouble.startsWith('left at the target: ESTABLISHED, port 9 ')),
    left.join('\n'),
  )
  for (const c of scene.healthy.connections) if (!(c instanceof TimeWait)) abort(c)
  scene.end()
  t.regex(
    scene.troubles().join('\n'),
    /^the stream over IPv4, client: .*\nthe stream over IPv4, server: ECONNRESET, /,
  )
})
