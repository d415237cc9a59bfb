/** Our own stack on the examiner's bench: services of each kind, in virtual time. */
import type { Socket } from 'node:net'
import { type ExamineOptions, type ExamineTarget, examine } from '../../src/examine/examine.ts'
import type { Examined } from '../../src/examine/results.ts'
import type { Link } from '../../src/ip/link.ts'
import { createPipe } from '../../src/link/pipe.ts'
import { createStack } from '../../src/net/create-stack.ts'
import type { Stack } from '../../src/net/stack.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { type NetLike, PORTS, startServices } from '../support/services.ts'

const addresses = (text: (n: number) => string): string[] =>
  Array.from({ length: 16 }, (_, i) => text(10 + i))

const ADDRESSES = {
  4: { own: '192.0.2.2', of: '192.0.2.2/24', examiner: addresses(n => `192.0.2.${n}/24`) },
  6: { own: '2001:db8::2', of: '2001:db8::2/64', examiner: addresses(n => `2001:db8::${n}/64`) },
} as const

export interface BenchOptions extends Partial<Omit<ExamineOptions, 'clock' | 'random' | 'addresses'>> {
  readonly family?: 4 | 6
  readonly tcp?: Partial<TcpOptions>
  readonly target?: Partial<ExamineTarget>
  /** One more service of the examined. */
  readonly serve?: { readonly port: number; readonly answer: (socket: Socket) => void }
  /** Tampers with what goes either way. */
  readonly link?: (link: Link) => Link
  readonly seed?: string
  /** Looks at the examined when all is over. */
  readonly after?: (stack: Stack) => void
}

/** Examines a stack of ours. */
export const examineOurs = async ({
  family = 4,
  tcp = {},
  target = PORTS,
  serve,
  link = mine => mine,
  seed = 'examine',
  after,
  ...options
}: BenchOptions = {}): Promise<Examined> => {
  const { own, of, examiner } = ADDRESSES[family]
  const clock = new VirtualClock()
  const [mine, theirs] = createPipe(clock, { delay: 0.1 })
  const stack = createStack({
    link: theirs,
    address: of,
    clock,
    random: new SeededRandom(`${seed} stack`),
    tcp,
  })
  const services = await startServices(stack as unknown as NetLike, own)
  if (serve !== undefined)
    (stack as unknown as NetLike)
      .createServer({ allowHalfOpen: true }, socket => serve.answer(socket.on('error', () => {})))
      .listen(serve.port, own, () => {})
  const examined = examine(
    link(mine),
    { address: own, dial: services.dial, ...target },
    { clock, random: new SeededRandom(seed), addresses: examiner, ...options },
  )
  let over = false
  const end = (): void => {
    over = true
  }
  void examined.then(end, end)
  try {
    while (!over) await clock.runAsync(clock.now() + 1000)
    after?.(stack)
    return await examined
  } finally {
    await stack.close({ grace: 0 })
  }
}
