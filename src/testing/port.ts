import { badType } from '../net/errors.ts'

/** @throws TypeError ERR_INVALID_ARG_TYPE for what is neither a port nor left out */
export const checkPort = (name: string, port: number | undefined): void => {
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535))
    throw badType(name, 'a port from 1 to 65535', port)
}
