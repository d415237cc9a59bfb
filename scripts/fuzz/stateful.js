/**
 * Stateful fuzzing: a host with live connections among hostile peers, decent ones beside them, in virtual time; one scene after
 * the other, each with options, packets and users that its seed makes up.
 */
import { Worker } from 'node:worker_threads'

/** Packets of a scene. */
const PACKETS = 100_000
/** Between two lines of news, ms. */
const PROGRESS = 30_000
/** Nothing is heard of a scene for so long: it hangs, ms. */
const HANG = 600_000
/** Troubles of one scene that are told. */
const MOST_TOLD = 5

const count = n => n.toLocaleString('en')
const MEGABYTE = 2 ** 20

/** Adds up what scenes say. */
class Sums {
  seeds = 0
  failed = []
  packets = 0
  answers = 0
  opened = 0
  visits = 0
  largest = {}
  heaps = []
  /** The scene that is under way. */
  current = null

  take(news) {
    this.current = news.over || news.broken ? null : news
    for (const [name, size] of Object.entries(news.most))
      this.largest[name] = Math.max(this.largest[name] ?? 0, size)
    if (news.over || news.broken) this.#add(news)
    if (!news.over) return
    this.seeds++
    this.heaps.push(news.heap)
    if (news.troubles.length > 0) this.failed.push(news.seed)
  }

  #add({ packets, answers, opened, visits }) {
    this.packets += packets
    this.answers += answers
    this.opened += opened
    this.visits += visits
  }

  get text() {
    const { packets, opened } = this.current ?? { packets: 0, opened: 0 }
    return `${count(this.seeds)} seeds, ${count(this.packets + packets)} packets, ${count(this.opened + opened)} connections, ${this.failed.length} seeds failed`
  }
}

const summary = (sums, minutes, first) => {
  const { seeds, packets, answers, opened, visits, failed, largest, heaps } = sums
  const sizes = Object.entries(largest).map(([name, size]) => `${name} ${count(size)}`)
  const heap = at => (heaps.length === 0 ? '-' : Math.round(heaps.at(at) / MEGABYTE))
  console.log(`${minutes.toFixed(1)} minutes, ${count(seeds)} seeds from ${first} on, ${count(packets)} packets received,
${count(answers)} sent, ${count(opened)} connections opened, ${count(visits)} decent visits beside the streams
largest: ${sizes.join(', ')}
heap after the first seed ${heap(0)} MB, after the last ${heap(-1)} MB
${failed.length === 0 ? 'no exception, nothing without a bound, no decent connection harmed' : `FAILED: seeds ${failed.join(', ')}`}`)
}

/**
 * Plays scenes for `hours`, one at least; or until a signal. It tells how it stands, and at the end what came of it.
 * @returns whether all was well
 */
export const stateful = async ({ hours, seed, packets = PACKETS }) => {
  const begun = performance.now()
  const minutes = () => (performance.now() - begun) / 60_000
  const sums = new Sums()
  const stop = new SharedArrayBuffer(4)
  const seeds = hours === 0 ? 1 : Number.POSITIVE_INFINITY
  const worker = new Worker(new URL('stateful-worker.js', import.meta.url), {
    workerData: { seed, seeds, packets, stop },
  })
  const end = () => Atomics.store(new Int32Array(stop), 0, 1)
  let heard = performance.now()
  worker.on('message', news => {
    heard = performance.now()
    sums.take(news)
    if (!news.over || news.troubles.length === 0) return
    console.log(
      `seed ${news.seed} fails: npm run fuzz -- --stateful --seed ${news.seed} --packets ${packets} --hours 0`,
    )
    for (const trouble of news.troubles.slice(0, MOST_TOLD)) console.log(`  ${trouble}`)
  })
  worker.on('error', error => {
    sums.failed.push(sums.current?.seed ?? seed)
    console.log(error)
  })
  const progress = setInterval(() => {
    console.log(`${minutes().toFixed(1)} min: ${sums.text}`)
    if (performance.now() - heard < HANG) return
    const hangs = sums.current?.seed ?? seed
    sums.failed.push(hangs)
    console.log(
      `seed ${hangs} hangs: npm run fuzz -- --stateful --seed ${hangs} --packets ${packets} --hours 0`,
    )
    void worker.terminate()
  }, PROGRESS)
  const due = hours === 0 ? null : setTimeout(end, hours * 3_600_000)
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  await new Promise(resolve => worker.on('exit', resolve))
  clearInterval(progress)
  clearTimeout(due)
  summary(sums, minutes(), seed)
  return sums.failed.length === 0
}
