import { connected } from '../bench.ts'
import type { Lab } from '../lab.ts'

export const timeWaitRestart: Lab = {
  name: 'time-wait-restart',
  summary: 'A server closes first, stops, and starts again at once on the same port',
  shows:
    'TIME_WAIT outlives the listener that it came from and holds the port: without SO_REUSEADDR the restart fails with EADDRINUSE, with it the new listener is there at once. After 2MSL it makes no difference.',
  bench: () => ({ path: { delay: 10 } }),
  tail: 1000,
  async script(bench, f) {
    const { door, wire, served } = await connected(bench, { client: { closesAtEnd: true } })
    await served.close()
    await bench.until('the close', () => wire.gone)
    await door.close()
    f.same('what the server has left', await bench.server.states(), ['TIME_WAIT'])
    f.same(
      'listening again without address reuse',
      await bench.server.listen(80, { reuseAddress: false }),
      'EADDRINUSE',
    )
    const again = await bench.server.listen(80, { reuseAddress: true })
    f.that('listening again with address reuse', typeof again === 'object', again)
    f.same('both are there', [...(await bench.server.states())].sort(), ['LISTEN', 'TIME_WAIT'])
    if (typeof again === 'object') await again.close()
    if (!bench.patient) {
      bench.server.note('its minute of TIME_WAIT is not waited for: --patient does')
      return
    }
    // A kernel's timers of a minute are served in steps: of 2 s at 250 ticks a second, of 4 s at 1000.
    await bench.after(66_000)
    f.same('after 2MSL nothing is left', await bench.server.states(), [])
    const last = await bench.server.listen(80, { reuseAddress: false })
    f.that('listening after 2MSL without address reuse', typeof last === 'object', last)
  },
  check(f) {
    f.path('server', ['LISTEN', 'SYN_RECEIVED', 'ESTABLISHED', 'FIN_WAIT_1', 'TIME_WAIT', 'CLOSED'])
    f.path('client', ['CLOSED', 'SYN_SENT', 'ESTABLISHED', 'CLOSE_WAIT', 'LAST_ACK', 'CLOSED'])
  },
}
