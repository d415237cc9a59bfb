/** Plots over time. Their lines stretch with the page, their texts do not. */
import { html, type Markup } from './markup.ts'
import { spanText } from './story.ts'

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

const SIZE = 1000

const extent = (series: readonly PlotSeries[]): { from: number; to: number; top: number } => {
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

const r = (n: number): number => Math.round(n * 10) / 10

const valueText = (value: number): string => (value >= 10_000 ? `${value / 1000}k` : String(value))

export const plotView = ({ title, unit, series, says }: Plot): Markup => {
  const { from, to, top } = extent(series)
  const ceiling = top * 1.04
  const x = (time: number): number => r(((time - from) / (to - from)) * SIZE)
  const y = (value: number): number => r(SIZE - (value / ceiling) * SIZE)
  const draw = (s: PlotSeries): Markup => {
    if (s.kind === 'bars')
      return html`<path class="p-${s.style}" d="${s.bars.map(([time, a, b]) => `M${x(time)} ${y(a)}V${y(b)}`).join('')}"/>`
    if (s.kind === 'dots')
      return html`<path class="dots p-${s.style}" d="${s.points.map(([time, v]) => `M${x(time)} ${y(v)}h0`).join('')}"/>`
    const way = s.points.map(([time, v], i) =>
      i === 0 ? `M${x(time)} ${y(v)}` : s.kind === 'steps' ? `H${x(time)}V${y(v)}` : `L${x(time)} ${y(v)}`,
    )
    return html`<path class="p-${s.style}" d="${way.join('')}"/>`
  }
  const times = ticks(to - from)
  return html`<figure class="plot"><figcaption>${title} <span class="unit">${unit}</span></figcaption>
<div class="plot-area" role="img" aria-label="${says}">
<svg viewBox="0 0 ${SIZE} ${SIZE}" preserveAspectRatio="none" aria-hidden="true">${ticks(top).map(v => html`<path class="grid" d="M0 ${y(v)}H${SIZE}"/>`)}${series.map(draw)}</svg>
${ticks(top).map(v => html`<span class="y" style="top:${r(y(v) / 10)}%">${valueText(v)}</span>`)}
${times.map((t, i) => html`<span class="x${t > 0.9 * (to - from) ? ' late' : ''}" style="left:${r(x(from + t) / 10)}%">${i === 0 ? spanText(from) : `+${spanText(t)}`}</span>`)}
</div>
<ul class="legend">${series.map(s => html`<li class="l-${s.style}">${s.name}</li>`)}</ul></figure>`
}
