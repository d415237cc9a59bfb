/**
 * `tuntcp/testing`: a network within a test, with as many hosts as it needs, whose links lose, delay, cut off and
 * reset what they are told to, in real or in virtual time. See docs/testing-bad-networks.md.
 * @module tuntcp/testing
 */

export { DropNext, type DropNextOptions } from '../faults/drop-next.ts'
export type { BurstFault, LinkFaults } from '../faults/link-faults.ts'
export type { Duration, Probability, Rate, Size } from '../faults/units.ts'
export type { PacketView } from '../link/path/packet-view.ts'
export * as script from '../link/path/script.ts'
export type { NetModule } from '../net/module-on.ts'
export type { CaptureToOptions } from './captures.ts'
export type { Cut, CutOptions, CutSocketOptions } from './cut.ts'
export type { FakeTimers } from './fake-timers.ts'
export type { FamilyFaults, FamilyOptions, FaultOrders, MtuOptions } from './fault-orders.ts'
export type { Firewall, FirewallAnswer, FirewallOptions } from './firewall.ts'
export { type Connector, type ConnectorTarget, TestHost, type TestHostOptions } from './host.ts'
export type { DnsFaults, LookupFailure } from './names.ts'
export { createNetwork, TestNetwork } from './network.ts'
export type { TestNetworkOptions } from './options.ts'
export { type StartProxyOptions, startProxy, TestProxy } from './start-proxy.ts'
