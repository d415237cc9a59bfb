/** Plots over time: what is drawn, and where. */

export type PlotPoint = readonly [time: number, value: number]

/** Something that is drawn: a line from point to point, steps, dots, or bars from one value to another. */
export type PlotSeries =
  | {
      readonly kind: 'line' | 'steps' | 'dots'
      readonly name: string
      /** Names its colour in the style sheet. */
      readonly style: string
      readonly points: readonly PlotPoint[]
    }
  | {
      readonly kind: 'bars'
      readonly name: string
      readonly style: string
      readonly bars: readonly (readonly [time: number, from: number, to: number])[]
    }

export interface Plot {
  readonly title: string
  /** The name of its values. */
  readonly unit: string
  readonly series: readonly PlotSeries[]
  /** For who cannot see it. */
  readonly says: string
}

/** The width and the height of the picture, which stretches. */
export const SIZE = 1000

/** The times and the largest value of what is drawn. */
export const extent = (series: readonly PlotSeries[]): { from: number; to: number; top: number } => {
  let [from, to, top] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  const see = (time: number, value: number): void => {
    from = Math.min(from, time)
    to = Math.max(to, time)
    top = Math.max(top, value)
  }
  for (const s of series) {
    if (s.kind === 'bars') for (const [time, , end] of s.bars) see(time, end)
    else for (const [time, value] of s.points) see(time, value)
  }
  return { from, to: to > from ? to : from + 1, top: top > 0 ? top : 1 }
}

/** About four round numbers from 0 to `top`. */
export const ticks = (top: number): number[] => {
  const rough = top / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map(n => n * power).find(n => n >= rough) ?? 10 * power
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) => i * step)
}

/** A coordinate: a tenth is as precise as an eye is. */
export const rounded = (n: number): number => Math.round(n * 10) / 10

/** Marks that are drawn as exactly as they are known; of more, one for each place that an eye can tell apart. */
const MANY = 3000

const distinct = <T>(marks: readonly T[], path: (mark: T) => string): string =>
  marks.length <= MANY ? marks.map(path).join('') : [...new Set(marks.map(path))].join('')

/** The first, the lowest, the highest and the last of the points of each column. */
const thin = (points: readonly PlotPoint[], x: (time: number) => number): readonly PlotPoint[] => {
  if (points.length <= MANY) return points
  const out: PlotPoint[] = []
  let group: PlotPoint[] = []
  const flush = (): void => {
    const of = (better: (a: number, b: number) => boolean) =>
      group.reduce((best, point) => (better(point[1], best[1]) ? point : best))
    if (group.length > 0)
      for (const point of new Set([group[0]!, of((a, b) => a < b), of((a, b) => a > b), group.at(-1)!]))
        out.push(point)
    group = []
  }
  for (const point of points) {
    if (group.length > 0 && Math.floor(x(point[0])) !== Math.floor(x(group[0]![0]))) flush()
    group.push(point)
  }
  flush()
  return out.sort((a, b) => a[0] - b[0])
}

/** `800`, `20k` */
export const valueText = (value: number): string => (value >= 10_000 ? `${value / 1000}k` : String(value))

/** The path of a series, and the class of its colour. */
export const pathOf = (
  s: PlotSeries,
  x: (time: number) => number,
  y: (value: number) => number,
): { readonly className: string; readonly d: string } => {
  const count = s.kind === 'bars' ? s.bars.length : s.points.length
  const place = count > MANY ? Math.round : (n: number) => n
  if (s.kind === 'bars')
    return {
      className: `p-${s.style}`,
      d: distinct(s.bars, ([time, a, b]) => `M${place(x(time))} ${place(y(a))}V${place(y(b))}`),
    }
  if (s.kind === 'dots')
    return {
      className: `dots p-${s.style}`,
      d: distinct(s.points, ([time, v]) => `M${place(x(time))} ${place(y(v))}h0`),
    }
  const way = thin(s.points, x).map(([time, v], i) =>
    i === 0 ? `M${x(time)} ${y(v)}` : s.kind === 'steps' ? `H${x(time)}V${y(v)}` : `L${x(time)} ${y(v)}`,
  )
  return { className: `p-${s.style}`, d: way.join('') }
}
