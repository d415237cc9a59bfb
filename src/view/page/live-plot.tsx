/** A plot that grows while one looks, on uPlot. */
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { Plot, PlotSeries } from '../parts/plot.ts'
import { extent } from '../parts/plot.ts'
import { useSpeech } from '../parts/speech.ts'
import { Legend } from '../parts/still-plot.tsx'

/** The colour of each style, as the style sheet has it. */
const COLOURS: Readonly<Record<string, string>> = {
  sent: '--accent',
  ack: '--established',
  edge: '--dim',
  again: '--opening',
  lost: '--bad',
  sack: '--waiting',
  cwnd: '--established',
  ssthresh: '--opening',
}

const colourOf = (style: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(COLOURS[style] ?? '--text')

const valuesOf = (s: PlotSeries): [number[], number[]] => {
  const values = new Map<number, number>()
  if (s.kind === 'bars') for (const [time, , to] of s.bars) values.set(time, to)
  else for (const [time, value] of s.points) values.set(time, value)
  const times = [...values.keys()].sort((a, b) => a - b)
  return [times.map(t => t / 1000), times.map(t => values.get(t)!)]
}

const dataOf = ({ series }: Plot): uPlot.AlignedData => uPlot.join(series.map(s => valuesOf(s)))

/** Bars from one value to another, for which uPlot has no series. */
const drawBars = (u: uPlot, series: readonly PlotSeries[]): void => {
  const { ctx } = u
  for (const s of series) {
    if (s.kind !== 'bars') continue
    ctx.save()
    ctx.strokeStyle = colourOf(s.style)
    ctx.lineWidth = 2.5 * devicePixelRatio
    ctx.beginPath()
    for (const [time, from, to] of s.bars) {
      const x = u.valToPos(time / 1000, 'x', true)
      const y = u.valToPos(to, 'y', true)
      ctx.moveTo(x, Math.max(y + 2 * devicePixelRatio, u.valToPos(from, 'y', true)))
      ctx.lineTo(x, y)
    }
    ctx.stroke()
    ctx.restore()
  }
}

/** px */
const HEIGHT = 170

const short = (v: number): string => (v >= 1e6 ? `${v / 1e6}M` : v >= 1e4 ? `${v / 1e3}k` : String(v))

const seriesOf = (s: PlotSeries): uPlot.Series => {
  const stroke = () => colourOf(s.style)
  if (s.kind === 'bars') return { label: s.name, stroke, paths: () => null, points: { show: false } }
  if (s.kind === 'dots')
    return {
      label: s.name,
      stroke,
      paths: () => null,
      points: { show: true, size: 6, fill: stroke },
    }
  return {
    label: s.name,
    stroke,
    width: 1.5,
    spanGaps: true,
    points: { show: false },
    ...(s.style === 'edge' || s.style === 'ssthresh' ? { dash: [5, 4] } : {}),
    ...(s.kind === 'steps' ? { paths: uPlot.paths.stepped!({ align: 1 }) } : {}),
  }
}

export const LivePlot = ({ plot }: { readonly plot: Plot }) => {
  const { say } = useSpeech()
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<{ readonly u: uPlot; readonly names: string } | null>(null)
  const shown = useRef(plot)
  shown.current = plot
  const names = plot.series.map(({ name }) => name).join()
  useEffect(() => {
    const axis = {
      stroke: () => colourOf('edge'),
      grid: { stroke: () => getComputedStyle(document.documentElement).getPropertyValue('--hair') },
      ticks: { show: false },
      font: '11px system-ui',
    }
    const make = () => {
      chart.current?.u.destroy()
      const u = new uPlot(
        {
          width: box.current!.clientWidth,
          height: HEIGHT,
          scales: {
            x: { time: false },
            y: { range: () => [0, extent(shown.current.series).top * 1.05] },
          },
          axes: [
            {
              ...axis,
              values: (_, ticks) => ticks.map(t => `${Number(t.toFixed(3))} s`),
              space: 70,
              size: 24,
            },
            { ...axis, size: 46, values: (_, ticks) => ticks.map(short) },
          ],
          series: [
            { label: 's', value: (_, v) => (v === null ? '' : v.toFixed(3)) },
            ...plot.series.map(seriesOf),
          ],
          cursor: { points: { size: 5 } },
          legend: { show: false },
          hooks: { drawAxes: [u => drawBars(u, shown.current.series)] },
        },
        dataOf(plot),
        box.current!,
      )
      chart.current = { u, names }
    }
    make()
    const resize = new ResizeObserver(() =>
      chart.current?.u.setSize({ width: box.current?.clientWidth ?? 300, height: HEIGHT }),
    )
    resize.observe(box.current!)
    // A canvas keeps the colours that it was drawn with.
    const redraw = () => chart.current?.u.redraw()
    const theme = new MutationObserver(redraw)
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    scheme.addEventListener('change', redraw)
    return () => {
      resize.disconnect()
      theme.disconnect()
      scheme.removeEventListener('change', redraw)
      chart.current?.u.destroy()
      chart.current = null
    }
    // Another set of series is another plot.
  }, [names])
  useEffect(() => chart.current?.u.setData(dataOf(plot)))
  return (
    <figure class="live-plot">
      <figcaption>
        {say(plot.title.replace(/: .*/, ''))} <span class="unit">{say(plot.unit)}</span>
      </figcaption>
      <div ref={box} role="img" aria-label={say(plot.says)} />
      <Legend series={plot.series} />
    </figure>
  )
}
