/** A page: one file that needs nothing else, with or without its script. */
import type { JSX } from 'preact'
import { render } from 'preact-render-to-string'
import { ArrowTips } from '../../view/parts/ladder.tsx'
import { SCRIPT } from './script.ts'
import { DetailsPanel, type PageSection, Section } from './section.tsx'
import { STYLE } from './style.ts'

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
    <DetailsPanel />
  </>
)
