/** The wake-ups of devices: what waits to be called is called in them, without another system call. */
import { task } from './task.ts'
import { type NativeDevice, WAKE_UP } from './tun-native.ts'

/** What {@link WAKE_UP} says: no wake-up is under way; one is; and something waits to be called before it is over. */
const OVER = 0
const CALL = 2

interface Waker {
  readonly device: NativeDevice
  readonly info: Int32Array
}

/** The device that calls. */
let waker: Waker | null = null
let waiting: (() => void) | null = null

/** The device is open, and shares these numbers. */
export const enter = (device: NativeDevice, info: Int32Array): void => {
  waker ??= { device, info }
}

/** The device is closed: it calls nobody any more. */
export const leave = (device: NativeDevice): void => {
  if (waker?.device !== device) return
  waker = null
  const callback = waiting
  waiting = null
  if (callback !== null) task(callback)
}

/**
 * Calls back in a task of its own before immediates: by a device, if one is open, in the wake-up that is under way or in one
 * of its own; otherwise as {@link task} does. One callback at a time.
 */
export const soon = (callback: () => void): void => {
  if (waker === null) {
    task(callback)
    return
  }
  waiting = callback
  const { device, info } = waker
  if (info[WAKE_UP] === OVER) device.wake()
  else info[WAKE_UP] = CALL
}

/** Whether the wake-up in which {@link soon} has called back is still under way; null where nobody can tell. */
export const lasts = (): boolean | null => (waker === null ? null : waker.info[WAKE_UP] !== OVER)

/** What the device calls when something waits. */
export const callWaiting = (): void => {
  const callback = waiting
  waiting = null
  callback?.()
}
