import { connected } from '../bench.ts'
import type { Lab } from '../lab.ts'

const FIN = 1

export const sharedDescriptor: Lab = {
  name: 'shared-descriptor',
  summary: 'The FIN leaves when the last descriptor of a socket goes, not at the first close',
  shows:
    'close() gives back a descriptor, and the connection is closed with its last one. Java NIO closes a channel by dup2: it makes a socket pair, closes one of its ends, and puts the other in the place of the socket; the FIN leaves at the dup2, not at the close of the socket pair.',
  needsKernel: 'descriptors and dup2 are a kernel’s; a connection of ours has one owner',
  bench: () => ({ path: { delay: 10 } }),
  tail: 0,
  async script(bench, f) {
    const { wire, served } = await connected(bench, { server: { closesAtEnd: true } })
    const fins = () => f.segments('client').filter(({ flags }) => flags & FIN).length
    for (const call of ['dup', 'closeFirst', 'marker'] as const) {
      await wire.descriptor!(call)
      await bench.after(500)
      f.same(`FINs after ${call === 'closeFirst' ? 'close() of the first descriptor' : call}`, fins(), 0)
    }
    await wire.descriptor!('dup2')
    await bench.until('the FIN', () => fins() > 0)
    await bench.until('the close', () => served.gone)
  },
  check(f) {
    f.conversation([
      'client S 0',
      'server S. 0 ack 1',
      'client . 1 ack 1',
      'client F. 1 ack 1',
      'server F. 1 ack 2',
      'client . 2 ack 2',
    ])
    f.path('client', ['CLOSED', 'SYN_SENT', 'ESTABLISHED', 'FIN_WAIT_1', 'TIME_WAIT', 'CLOSED'])
    f.path('server', ['LISTEN', 'SYN_RECEIVED', 'ESTABLISHED', 'CLOSE_WAIT', 'LAST_ACK', 'CLOSED'])
  },
}
