import { Timer } from '../../src/base/timing-wheel.ts'

export type Named = Timer<string, 'test'>
export const timer = (name: string): Named => new Timer(name, 'test')

/** The borders between levels, in ticks. */
export const EDGES = [1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 2 ** 24 - 1, 2 ** 24, 2 ** 24 + 1]
