/**
 * A TCP in userspace, in node:net's shape.
 * @module tuntcp
 */

export type { Alarm, Clock, Random } from './host/clock.ts'
export { Host, type HostOptions } from './host/host.ts'
export type { Listener, ListenerUser } from './host/listener.ts'
export { DEFAULT_MEMORY_OPTIONS, type MemoryOptions } from './host/memory/options.ts'
export type { Link, Offload } from './ip/link.ts'
export { DEFAULT_IP_OPTIONS, type IpOptions } from './ip/options.ts'
export { type Bridge, type BridgePaths, bridge } from './link/bridge.ts'
export { type EmulatedLink, type Emulation, emulate } from './link/emulated.ts'
export { type PacketDevice, type PacketDeviceOptions, packetDeviceLink } from './link/packet-device.ts'
export type { Luck } from './link/path/luck.ts'
export type { Burst, Odds, PathOptions } from './link/path/options.ts'
export type { PacketView } from './link/path/packet-view.ts'
export { type LossReason, Path, type PathContext, type PathCounters } from './link/path/path.ts'
export * as script from './link/path/script.ts'
export type { PathObserver, Ticket } from './link/path/transit.ts'
export { createPipe, type PipeEnd, type PipeOptions } from './link/pipe.ts'
export { openTun, type TunCounters, TunError, type TunLink, type TunOptions } from './link/tun.ts'
export type { ConnectOptions, ListenOptions } from './net/arguments.ts'
export { createStack, type StackOptions } from './net/create-stack.ts'
export type { SystemError } from './net/errors.ts'
export type { LookupFunction } from './net/lookup.ts'
export { nodeClock } from './net/node-clock.ts'
export { nodeRandom } from './net/node-random.ts'
export { Server, type ServerOptions } from './net/server.ts'
export { type AddressInfo, Socket, type SocketOptions } from './net/socket.ts'
export { type Connect, Stack } from './net/stack.ts'
export type { Outcome } from './packetdrill/outcome.ts'
export { type PacketdrillOptions, packetdrill } from './packetdrill/packetdrill.ts'
export { ScriptError } from './packetdrill/script-error.ts'
export { Call, type Result } from './posix/call.ts'
export * as posixConstants from './posix/constants.ts'
export { type Errno, PosixError } from './posix/errno.ts'
export { LINUX_SYSCTLS, LinuxProfile } from './posix/linux-profile.ts'
export { type Linger, type PollEntry, Sockets } from './posix/sockets.ts'
export type { SocketAddress } from './posix/stream-socket.ts'
export { Ladder } from './sim/ladder.ts'
export {
  createNetwork,
  type Network,
  type NetworkHost,
  type NetworkHostOptions,
  type NetworkLink,
  type NetworkOptions,
} from './sim/network.ts'
export type { Router } from './sim/router.ts'
export { SeededRandom } from './sim/seeded-random.ts'
export { VirtualClock } from './sim/virtual-clock.ts'
export * as calls from './tcp/calls.ts'
export type { AckSample, CongestionControl, LostSegment } from './tcp/congestion/controller.ts'
export {
  type CongestionControlFactory,
  congestionControls,
  registerCongestionControl,
} from './tcp/congestion/registry.ts'
export type { Connection, ConnectionUser } from './tcp/connection.ts'
export { type ErrorCode, TcpError } from './tcp/error.ts'
export type * from './tcp/events.ts'
export { DEFAULT_TCP_OPTIONS, type TcpOptions } from './tcp/options.ts'
export { STATES, type State, type StateEvent, TRANSITIONS, type Transition } from './tcp/state.ts'
export type { ConnectionStatus } from './tcp/status.ts'
export { type TcpInfo, tcpInfo } from './tcp/tcp-info.ts'
export { Capture, type CaptureOptions } from './trace/capture.ts'
export { type CaptureFile, captureToFile } from './trace/capture-file.ts'
export { combine } from './trace/combine.ts'
export { formatConnections, formatDuration, type TableOptions } from './trace/connection-table.ts'
export { createLog, LOG_LEVELS, type LogLevel, type LogOptions } from './trace/log.ts'
export { differenceText, type ReplayDifference } from './trace/record/difference.ts'
export { HostRecorder } from './trace/record/host-recorder.ts'
export { replayHost } from './trace/record/host-replay.ts'
export type { Replayed, ReplayMoment, ReplayOptions } from './trace/record/moments.ts'
export { type RecordFile, recordToFile } from './trace/record/record-file.ts'
export { RecordingError } from './trace/record/recording-error.ts'
export { openRecording, type RecordingFile, readRecording } from './trace/record/recording-file.ts'
export { SegmentLines } from './trace/segment-line.ts'
export { transitionText } from './trace/transition-text.ts'
export { type Address, formatAddress, parseAddress } from './wire/address.ts'
export { CHECKSUM_COMPLETE, CHECKSUM_PARTIAL, CHECKSUM_VERIFIED, PacketBatch } from './wire/batch.ts'
export type { DropReason } from './wire/drop.ts'
