import { ROOT } from '../cli/program.ts'

/** A module of scripts/bench, which is JavaScript without types. */
// biome-ignore lint/suspicious/noExplicitAny: it has none
export const script = (name: string): Promise<any> => import(`${ROOT}scripts/bench/${name}`)
