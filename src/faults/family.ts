import { badValue } from '../net/errors.ts'

/** @throws TypeError ERR_INVALID_ARG_VALUE for what is neither 4, 6 nor left out */
export const checkFamily = (name: string, family: 4 | 6 | undefined): void => {
  if (family !== undefined && family !== 4 && family !== 6)
    throw badValue(`The property '${name}' must be 4 or 6. Received ${String(family)}`)
}
