/** Plots of a race: a line for each controller. */
import type { Plot, PlotPoint } from '../../view/parts/plot.ts'
import type { Lane, RaceSample } from './race.ts'
import type { EditorWords } from './words.ts'

const VALUES: Readonly<Record<keyof EditorWords['plots'], (sample: RaceSample) => number>> = {
  cwnd: ({ cwnd }) => cwnd / 1000,
  goodput: ({ goodput }) => goodput / 1e6,
  rtt: ({ rtt }) => rtt,
}

export const lanePlots = (lanes: readonly Lane[], words: EditorWords): Plot[] =>
  (Object.keys(VALUES) as (keyof typeof VALUES)[]).map(what => ({
    title: words.plots[what],
    unit: words.units[what],
    series: lanes.map(({ name, samples }, i) => ({
      kind: 'line' as const,
      name,
      style: `lane-${i}`,
      points: samples.map((sample): PlotPoint => [sample.time, VALUES[what](sample)]),
    })),
    says: words.says(words.plots[what], lanes.map(({ name }) => name).join(', ')),
  }))
