/** A page: one file that needs nothing else, with or without its script. */
import type { JSX } from 'preact'
import { render } from 'preact-render-to-string'
import { ArrowTips, Ladder } from '../../view/parts/ladder.tsx'
import { type LadderLayout, layOut } from '../../view/parts/ladder-layout.ts'
import { SegmentLog, Transition } from '../../view/parts/segment-log.tsx'
import { StateDiagram, type Step, stepsOf } from '../../view/parts/state-diagram.tsx'
import { StillPlot } from '../../view/parts/still-plot.tsx'
import type { Side, Story } from '../../view/parts/story.ts'
import { transferPlots } from '../../view/parts/transfer-plots.ts'
import { SCRIPT } from './script.ts'
import { STYLE } from './style.ts'

/** Rows of a ladder that are drawn unless all are asked for. */
export const ROWS = 400

export interface PageSection {
  readonly title: string
  /** Before the ladders. */
  readonly top: JSX.Element | null
  /** Side by side where there is room. */
  readonly stories: readonly Story[]
}

export interface Page {
  readonly title: string
  readonly top: JSX.Element
  readonly sections: readonly PageSection[]
  /** Rows of each ladder. */
  readonly rows: number
}

/** Characters that HTML cannot contain even escaped, and those that turn the direction of the text around them. */
const UNPRINTABLE = /(?!\n)[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu

/** Markup of elements; the texts in it may be hostile, as captures are. */
export const markup = (element: JSX.Element): string => render(element).replace(UNPRINTABLE, '\ufffd')

export const pageText = (page: Page): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
${markup(<title>{page.title}</title>)}
<style>${STYLE}</style>
</head>
<body>
${markup(<Body {...page} />)}
<script>${SCRIPT}</script>
</body>
</html>
`

const Body = ({ title, top, sections, rows }: Page) => (
  <>
    <a class="skip" href="#main">
      To the ladder
    </a>
    <header>
      <h1>{title}</h1>
      {top}
      {sections.length > 1 ? (
        <nav aria-label="Sections">
          <ul>
            {sections.map((s, i) => (
              <li key={s.title}>
                <a href={`#section-${i}`}>{s.title}</a>
              </li>
            ))}
          </ul>
        </nav>
      ) : null}
    </header>
    <main id="main">
      {sections.map((s, i) => (
        <Section key={s.title} section={s} id={`section-${i}`} rows={rows} several={sections.length > 1} />
      ))}
    </main>
    <ArrowTips />
    <aside class="panel" aria-label="Details of the segment" aria-live="polite" hidden>
      <button type="button" aria-label="Close the details">
        ✕
      </button>
      <div />
    </aside>
  </>
)

interface Laid {
  readonly story: Story
  readonly layout: LadderLayout
  readonly id: string
}

interface SectionProps {
  readonly section: PageSection
  readonly id: string
  readonly rows: number
  readonly several: boolean
}

const Section = ({ section: { title, top, stories }, id, rows, several }: SectionProps) => {
  const laid = stories.map((story, i): Laid => ({ story, layout: layOut(story, rows), id: `${id}-${i}` }))
  const plots = stories.map(story => ({ story, plots: transferPlots(story) })).filter(p => p.plots.length > 0)
  const many = stories.length > 1
  const heading = (story: Story) => (many ? <h4>{story.name}</h4> : null)
  return (
    <section id={id}>
      {several ? <h2>{title}</h2> : null}
      {top}
      <h3>Ladder</h3>
      <p class="lead section">
        Tab to the first segment, then the arrow keys; Enter shows all about it, Escape closes.
      </p>
      <div class="side-by-side">
        {laid.map(l => (
          <div key={l.id}>
            {heading(l.story)}
            <Ladder {...l} />
          </div>
        ))}
      </div>
      {plots.length === 0 ? null : <h3>Over time</h3>}
      {plots.map(p => (
        <div key={p.story.name}>
          {heading(p.story)}
          <div class="plots">
            {p.plots.map(plot => (
              <StillPlot key={plot.title} {...plot} />
            ))}
          </div>
        </div>
      ))}
      <h3>States</h3>
      {stories.map(story => (
        <div key={story.name}>
          {heading(story)}
          <div class="side-by-side">
            <States story={story} end={0} />
            <States story={story} end={1} />
          </div>
        </div>
      ))}
      <h3>Segment by segment</h3>
      {laid.map((l, i) => (
        <details key={l.id} open={i === 0}>
          <summary>{many ? l.story.name : 'All segments, and what is known of them'}</summary>
          <SegmentLog {...l} />
        </details>
      ))}
    </section>
  )
}

const States = ({ story, end }: { readonly story: Story; readonly end: Side }) => {
  const steps = stepsOf(story, end)
  const who = story.ends[end]
  return (
    <div>
      <h4>{who}</h4>
      <StateDiagram steps={steps} who={who} />
      <ol class="steps">
        {steps.map(s => (
          <li key={s.number}>
            <StepLine {...s} />
          </li>
        ))}
      </ol>
    </div>
  )
}

const StepLine = ({ transition, times }: Step) => (
  <Transition transition={transition} who={times > 1 ? `${times} times` : ''} />
)
