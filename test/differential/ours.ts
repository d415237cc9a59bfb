import { Host } from '../../src/host/host.ts'
import { Wire } from '../../src/packetdrill/wire.ts'
import { LinuxProfile } from '../../src/posix/linux-profile.ts'
import { Sockets } from '../../src/posix/sockets.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { formatAddress, parseAddress } from '../../src/wire/address.ts'
import type { Side } from './side.ts'
import { WRITE } from './stimuli.ts'

const OWN = parseAddress('192.0.2.1') as number
const PEER = parseAddress('192.0.2.2') as number
const PORT = 80
/** The time that passes between two steps, ms: less than any timer. */
const BETWEEN = 1

/** Our stack with the profile of Linux, in virtual time: one for each case. */
export const ourSide = (sysctls: Readonly<Record<string, string>>): Side => {
  const clock = new VirtualClock({ start: 1000 })
  const profile = new LinuxProfile()
  for (const [name, value] of Object.entries(sysctls)) profile.set(name, value)
  const host = new Host({
    clock,
    random: new SeededRandom(1),
    tcp: profile.options,
    memory: { orphanTime: 0 },
    report: error => {
      throw error
    },
  })
  const wire = new Wire(clock, 1500, () => {})
  host.attach(wire, [`${formatAddress(OWN)}/24`])
  const sockets = new Sockets(host)
  sockets.policy.linuxBuffers = true
  const listener = value(sockets.socket(0o4000))
  value(sockets.bind(listener, { address: OWN, port: PORT }))
  value(sockets.listen(listener, 100))
  const open = new Map<number, number>()

  const answers = async (): Promise<Uint8Array[]> => {
    clock.run(clock.now())
    const all: Uint8Array[] = []
    for (let sent = wire.take(); sent !== null; sent = wire.take()) all.push(sent.bytes)
    clock.run(clock.now() + BETWEEN)
    return all
  }
  const accepted = (port: number): number | undefined => {
    const fd = sockets.accept(listener).result
    if (fd?.ok) open.set(value(sockets.getpeername(fd.value)).port, fd.value)
    return open.get(port)
  }
  return {
    address: OWN,
    peer: PEER,
    port: PORT,
    now: () => clock.now(),
    send(packet) {
      wire.deliver(packet, 0)
      return answers()
    },
    dial(port) {
      const fd = value(sockets.socket(0o4000))
      open.set(port, fd)
      sockets.connect(fd, { address: PEER, port })
      return answers()
    },
    call(port, call) {
      const fd = accepted(port)
      if (fd !== undefined) {
        if (call === 'write') sockets.send(fd, new Uint8Array(WRITE), 0x40)
        else if (call === 'shutdown') sockets.shutdown(fd, 1)
        else {
          sockets.close(fd)
          open.set(port, -1)
        }
      }
      return answers()
    },
    forget() {},
  }
}

const value = <T>(result: { ok: true; value: T } | { ok: false; errno: string }): T => {
  if (!result.ok) throw new Error(result.errno)
  return result.value
}
