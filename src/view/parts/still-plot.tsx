/** A plot as a picture: its lines stretch with the page, its texts do not. */
import { extent, type Plot, pathOf, rounded, SIZE, ticks, valueText } from './plot.ts'
import { useSpeech } from './speech.ts'
import { spanText } from './story.ts'

/** A plot that needs no script. */
export const StillPlot = ({ title, unit, series, says }: Plot) => {
  const { say } = useSpeech()
  const { from, to, top } = extent(series)
  const ceiling = top * 1.04
  const x = (time: number): number => rounded(((time - from) / (to - from)) * SIZE)
  const y = (value: number): number => rounded(SIZE - (value / ceiling) * SIZE)
  const paths = series.map(s => pathOf(s, x, y))
  return (
    <figure class="plot">
      <figcaption>
        {say(title)} <span class="unit">{say(unit)}</span>
      </figcaption>
      <div class="plot-area" role="img" aria-label={say(says)}>
        <svg viewBox={`0 0 ${SIZE} ${SIZE}`} preserveAspectRatio="none" aria-hidden="true">
          {ticks(top).map(v => (
            <path key={v} class="grid" d={`M0 ${y(v)}H${SIZE}`} />
          ))}
          {paths.map(({ className, d }) => (
            <path key={className} class={className} d={d} />
          ))}
        </svg>
        {ticks(top).map(v => (
          <span key={v} class="y" style={`top:${rounded(y(v) / 10)}%`}>
            {valueText(v)}
          </span>
        ))}
        {ticks(to - from).map((t, i) => (
          <span
            key={t}
            class={`x${t > 0.9 * (to - from) ? ' late' : ''}`}
            style={`left:${rounded(x(from + t) / 10)}%`}
          >
            {i === 0 ? spanText(from) : `+${spanText(t)}`}
          </span>
        ))}
      </div>
      <Legend series={series} />
    </figure>
  )
}

export const Legend = ({ series }: Pick<Plot, 'series'>) => {
  const { say } = useSpeech()
  return (
    <ul class="legend">
      {series.map(s => (
        <li key={s.name} class={`l-${s.style}`}>
          {say(s.name)}
        </li>
      ))}
    </ul>
  )
}
