/** Plots of the connection that is looked at. */
import { useEffect, useState } from 'preact/hooks'
import type { ConnectionStory } from '../model/connection-story.ts'
import type { Plot } from '../parts/plot.ts'
import { transferPlots } from '../parts/transfer-plots.ts'
import type { LivePlot } from './live-plot.tsx'

/** The plots of a connection: its busiest direction first, then its round trips. */
export const plotsOf = (story: ConnectionStory): Plot[] => {
  const plots = transferPlots(story)
  if (story.rounds.length > 1)
    plots.push({
      title: 'Round trips and the timeout',
      unit: 'ms',
      series: [
        {
          kind: 'steps',
          name: 'smoothed RTT',
          style: 'sent',
          points: story.rounds.map(({ time, srtt }) => [time, srtt]),
        },
        {
          kind: 'steps',
          name: 'RTO',
          style: 'again',
          points: story.rounds.map(({ time, rto }) => [time, rto]),
        },
      ],
      says: `Round trips over time, ${story.rounds.length} values`,
    })
  return plots
}

/** The row of them. What draws them is large, and comes after the rest of the page where pages are loaded in parts. */
export const Plots = ({ plots }: { readonly plots: readonly Plot[] }) => {
  const [drawn, setDrawn] = useState<{ readonly by: typeof LivePlot } | null>(null)
  useEffect(() => {
    void import('./live-plot.tsx').then(({ LivePlot }) => setDrawn({ by: LivePlot }))
  }, [])
  if (plots.length === 0)
    return <p class="empty">A connection that carries some segments of text is drawn here.</p>
  return (
    <div class="plot-row">
      {drawn === null ? null : plots.map(plot => <drawn.by key={plot.title} plot={plot} />)}
    </div>
  )
}
