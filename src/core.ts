/**
 * The TCP without Node: hosts, the calls of RFC 9293, links in memory, readers of the event stream. It runs wherever
 * JavaScript does; clock, randomness and link are handed to it.
 * @module tuntcp/core
 */

export type { Alarm, Clock, Random } from './base/clock.ts'
export { Host, type HostOptions } from './host/host.ts'
export type { Listener, ListenerUser } from './host/listener.ts'
export { DEFAULT_MEMORY_OPTIONS, type MemoryOptions } from './host/memory/options.ts'
export { type MemoryStatus, memoryStatus } from './host/memory/status.ts'
export type { Link, Offload } from './ip/link.ts'
export { DEFAULT_IP_OPTIONS, type IpOptions } from './ip/options.ts'
export { type Bridge, type BridgePaths, bridge } from './link/bridge.ts'
export { type EmulatedLink, type Emulation, emulate } from './link/emulated.ts'
export type { LossReason, PathCounters } from './link/path/counters.ts'
export type { Luck } from './link/path/luck.ts'
export type { Burst, Odds, PathOptions } from './link/path/options.ts'
export type { PacketView } from './link/path/packet-view.ts'
export { Path, type PathContext } from './link/path/path.ts'
export * as script from './link/path/script.ts'
export type { PathObserver, Ticket } from './link/path/transit.ts'
export { createPipe, type PipeEnd, type PipeOptions } from './link/pipe.ts'
export { SeededRandom } from './sim/seeded-random.ts'
export { VirtualClock } from './sim/virtual-clock.ts'
export type { ConnectionUser } from './tcp/block/connection-user.ts'
export type { ConnectionView as Connection } from './tcp/block/connection-view.ts'
export { type ErrorCode, TcpError } from './tcp/block/error.ts'
export type * from './tcp/block/events.ts'
export { DEFAULT_TCP_OPTIONS, type TcpOptions } from './tcp/block/options.ts'
export type { TcpQuirks } from './tcp/block/quirks.ts'
export * as calls from './tcp/calls.ts'
export type { AckSample, CongestionControl, LostSegment } from './tcp/congestion/controller.ts'
export {
  type CongestionControlFactory,
  congestionControls,
  registerCongestionControl,
} from './tcp/congestion/registry.ts'
export { STATES, type State, type StateEvent, TRANSITIONS, type Transition } from './tcp/state.ts'
export type { ConnectionStatus } from './tcp/status.ts'
export { type TcpInfo, tcpInfo } from './tcp/tcp-info.ts'
export { Capture, type CaptureOptions } from './trace/capture.ts'
export { combine } from './trace/combine.ts'
export { formatConnections, formatDuration, type TableOptions } from './trace/connection-table.ts'
export { Qlog, type QlogOptions } from './trace/qlog/qlog.ts'
export type { VantagePoint } from './trace/qlog/records.ts'
export { SegmentLines } from './trace/segment-line.ts'
export { transitionText } from './trace/transition-text.ts'
export { type Address, formatAddress, parseAddress } from './wire/address.ts'
export { CHECKSUM_COMPLETE, CHECKSUM_PARTIAL, CHECKSUM_VERIFIED, PacketBatch } from './wire/batch.ts'
export type { DropReason } from './wire/drop.ts'
