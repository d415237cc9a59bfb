import { chargen } from './chargen.ts'
import { daytime } from './daytime.ts'
import { discard } from './discard.ts'
import { echo } from './echo.ts'
import { http } from './http.ts'
import type { Service } from './service.ts'

/** Those that need no stream. */
export const BARE_SERVICES: readonly Service[] = [echo, discard, chargen]

export const SERVICES: readonly Service[] = [echo, discard, daytime, chargen, http]
