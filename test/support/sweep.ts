/**
 * The size of a sweep over seeds or packets: `some` of it in everyday runs, all with WHOLE_SWEEPS set, as CI has it. The title
 * of the test is to say how many.
 */
export const sweep = (all: number, some: number): number => (process.env.WHOLE_SWEEPS ? all : some)
