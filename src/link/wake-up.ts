/** The wake-ups of devices: what waits to be called is called in them, without another system call. */
import { soonByAddon } from './alone.ts'
import { task } from './task.ts'
import type { NativeDevice } from './tun-native.ts'

/** The values of a device's word: no wake-up is under way; one is; and something waits to be called before it is over. */
const OVER = 0
const CALL = 2

interface Waker {
  readonly device: NativeDevice
  /** One number, shared with the device. */
  readonly word: Int32Array
}

/** The device that calls. */
let waker: Waker | null = null
let waiting: (() => void) | null = null
/** The number of the last reading, and whether something has been called in a wake-up of its own since. */
let last = 0
let own = false
/** Such a wake-up is yet to come. */
let asked = false

/** The device is open, and shares this number. */
export const enter = (device: NativeDevice, word: Int32Array): void => {
  waker ??= { device, word }
}

/** The device is being read: a wake-up begins. What waits for one is called in it, where this is the device that calls. */
export const begin = (device: NativeDevice): void => {
  last++
  const calls = waker?.device === device
  own = asked && !calls
  if (asked && calls) waker!.word[0] = CALL
}

/** The device is closed: it calls nobody any more. */
export const leave = (device: NativeDevice): void => {
  if (waker?.device !== device) return
  waker = null
  const callback = waiting
  waiting = null
  asked = own = false
  if (callback !== null) task(callback)
}

/**
 * Calls back in a task of its own before immediates: by a device, if one is open, in the wake-up that is under way or in one
 * of its own; otherwise by the addon, or where there is none as {@link task} does. One callback at a time.
 */
export const soon = (callback: () => void): void => {
  if (waker === null) {
    if (!soonByAddon(callback)) task(callback)
    return
  }
  waiting = callback
  const { device, word } = waker
  if (word[0] === OVER) {
    own = asked = true
    device.wake()
  } else word[0] = CALL
}

/**
 * The number of the wake-up that is under way, 0 between two; null where nobody can tell: a wake-up of its own comes after
 * devices are read, with no immediates in between.
 */
export const wakeUp = (): number | null => {
  if (waker === null || own) return null
  return waker.word[0] === OVER ? 0 : last
}

/** The function that the device calls when something waits. */
export const callWaiting = (): void => {
  const callback = waiting
  waiting = null
  asked = false
  callback?.()
}
