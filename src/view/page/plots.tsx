/** Plots of the connection that is looked at. */
import type { ConnectionStory } from '../model/connection-story.ts'
import type { Plot } from '../parts/plot.ts'
import { transferPlots } from '../parts/transfer-plots.ts'
import { later } from './later.tsx'
import { useViewWords } from './words.ts'

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

/** The library that draws is large: the rest of the page is there before it. */
const LivePlot = later(async () => (await import('./live-plot.tsx')).LivePlot)

/** The plots of what is looked at; null where nothing is. */
export const Plots = ({ story }: { readonly story: ConnectionStory | null }) => {
  const w = useViewWords().plots
  const plots = story === null ? [] : plotsOf(story)
  if (plots.length === 0) return <p class="empty">{w.none}</p>
  return (
    <div class="plot-row">
      {plots.map(plot => (
        <LivePlot key={plot.title} plot={plot} />
      ))}
    </div>
  )
}
