import { constants } from 'node:os'
import type { ErrorCode } from '../tcp/block/error.ts'

const { errno } = constants as unknown as { errno: Record<string, number> }

/** A handle returns this for a failure: this system's errno, negative, from which Node makes its errors. */
export const statusOf = (code: ErrorCode | 'EBADF' | 'ECANCELED'): number => -(errno[code] ?? errno.EINVAL!)
