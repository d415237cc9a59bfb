/** A part of a page whose ladders show what is known of a segment that is chosen. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { openDetails } from '../../lab/html/open-details.ts'
import { DetailsPanel, type SectionWords } from '../../lab/html/section.tsx'
import { ArrowTips } from '../../view/parts/ladder.tsx'

interface DetailsProps {
  /** Another value for other ladders: what is within is made anew. */
  readonly of: string | number
  readonly words: SectionWords
  readonly children: ComponentChildren
}

export const WithDetails = ({ of, words, children }: DetailsProps) => {
  const root = useRef<HTMLDivElement>(null)
  useEffect(() => openDetails(root.current!), [of])
  return (
    <div class="pictures" ref={root} key={of}>
      {children}
      <ArrowTips />
      <DetailsPanel words={words} />
    </div>
  )
}
