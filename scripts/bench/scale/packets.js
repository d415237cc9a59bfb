/** CPU time of one data packet through a whole host (parsing, look-up, TCP, user, acknowledgment), by connections. */
import { run } from './answer.js'
import { perPacket } from './costs.js'

await run(({ seconds }) => {
  const report = {}
  // One after the other: a large heap is not to be collected for a small one.
  for (const connections of [10, 1000, 100_000])
    [report[`ns${connections}`]] = perPacket([{ connections }], seconds / 3)
  return report
})
