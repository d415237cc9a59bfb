/** The source of a bad network's chance; SeededRandom is one. */
export interface Luck {
  /** True with this probability; draws nothing for 0. */
  chance(probability: number): boolean
  /** Uniform in 0 … n - 1. */
  below(n: number): number
  /** Uniform in [0, 1). */
  real(): number
}

/** Standard normal, by Box and Muller; two numbers are drawn. */
export const normal = (luck: Luck): number =>
  Math.sqrt(-2 * Math.log(1 - luck.real())) * Math.cos(2 * Math.PI * luck.real())
