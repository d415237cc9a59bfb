/** The state of the network and the hosts after some actions, as the controls of the page show it. */
import {
  DIRECTIONS,
  type Direction,
  FIRST_FAULTS,
  type PlanFaults,
  type PlanOptions,
  type Timed,
  type Which,
} from './plan.ts'

export interface HostStanding {
  readonly tcp: PlanOptions
  readonly listening: boolean
  readonly crashed: boolean
  readonly unplugged: boolean
  /** The connections whose program does not read. */
  readonly idle: ReadonlySet<number>
}

export interface Standing {
  readonly faults: Readonly<Record<Direction, PlanFaults>>
  readonly hosts: readonly [HostStanding, HostStanding]
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export const standingAfter = (script: readonly Timed[]): Standing => {
  const faults: Record<Direction, PlanFaults> = { out: FIRST_FAULTS, in: FIRST_FAULTS }
  const host = (): Mutable<HostStanding> => ({
    tcp: {},
    listening: false,
    crashed: false,
    unplugged: false,
    idle: new Set(),
  })
  const hosts: [Mutable<HostStanding>, Mutable<HostStanding>] = [host(), host()]
  const those = (which: Which | null) => (which === null ? hosts : [hosts[which]])
  for (const { action } of script)
    switch (action.do) {
      case 'faults':
        for (const d of action.direction === null ? DIRECTIONS : [action.direction])
          faults[d] = withoutNull({ ...faults[d], ...action.faults })
        break
      case 'options':
        for (const each of those(action.host)) each.tcp = { ...each.tcp, ...action.tcp }
        break
      case 'listen':
      case 'stop listening':
        hosts[action.host].listening = action.do === 'listen'
        break
      case 'crash':
        Object.assign(hosts[action.host], { listening: false, crashed: true, idle: new Set() })
        break
      case 'reboot':
        hosts[action.host].crashed = false
        break
      case 'stop reading':
        hosts[action.host].idle = new Set([...hosts[action.host].idle, action.connection])
        break
      case 'read':
        hosts[action.host].idle = new Set([...hosts[action.host].idle].filter(n => n !== action.connection))
        break
      case 'unplug':
      case 'plug':
        hosts[action.host].unplugged = action.do === 'unplug'
        break
    }
  return { faults, hosts }
}

const withoutNull = (faults: PlanFaults): PlanFaults =>
  Object.fromEntries(Object.entries(faults).filter(([, value]) => value !== null))
