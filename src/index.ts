/**
 * A TCP in userspace, in node:net's shape: over a TUN device, in memory and in virtual time.
 * @module tuntcp
 */

export * from './core.ts'
export { type PacketDevice, type PacketDeviceOptions, packetDeviceLink } from './link/packet-device.ts'
export {
  openTun,
  openTunQueue,
  type SharedQueue,
  type TunCounters,
  TunError,
  type TunLink,
  type TunOptions,
} from './link/tun.ts'
export type { ConnectOptions, ListenOptions } from './net/arguments.ts'
export { createStack, type StackOptions } from './net/create-stack.ts'
export type { SystemError } from './net/errors.ts'
export { fineClock } from './net/fine-clock.ts'
export type { LookupFunction } from './net/lookup.ts'
export { nodeClock } from './net/node-clock.ts'
export { nodeRandom } from './net/node-random.ts'
export type { ServeOptions } from './net/serve.ts'
export { Server, type ServerOptions } from './net/server.ts'
export { type AddressInfo, Socket, type SocketOptions } from './net/socket.ts'
export { type Connect, Stack } from './net/stack.ts'
export * from './packetdrill/packetdrill.ts'
export type { StackPoolOptions, WorkerContext, WorkerModule, WorkerUse } from './pool/options.ts'
export { createStackPool, type PoolStatus, type StackPool, type WorkerEnd } from './pool/stack-pool.ts'
export * from './posix/posix.ts'
export * from './sim/sim.ts'
export { type CaptureFile, captureToFile } from './trace/capture-file.ts'
export { createLog, LOG_LEVELS, type LogLevel, type LogOptions } from './trace/log.ts'
export { type QlogFileOptions, qlogToFile } from './trace/qlog/qlog-file.ts'
export { differenceText, type ReplayDifference } from './trace/record/difference.ts'
export { HostRecorder } from './trace/record/host-recorder.ts'
export { replayHost } from './trace/record/host-replay.ts'
export type { Replayed, ReplayMoment, ReplayOptions } from './trace/record/moments.ts'
export { type RecordFile, recordToFile } from './trace/record/record-file.ts'
export type { RecordingFile } from './trace/record/recording.ts'
export { RecordingError } from './trace/record/recording-error.ts'
export { openRecording, readRecording } from './trace/record/recording-file.ts'
