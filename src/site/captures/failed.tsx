/** The reason why a capture, or a part of one, cannot be shown. */
import type { CaptureWords } from './words.ts'

interface FailedProps {
  readonly words: CaptureWords
  /** '' when all is well. */
  readonly error: string
}

export const Failed = ({ words, error }: FailedProps) =>
  error === '' ? null : (
    <p class="verdict bad" role="alert">
      {words.failed} {error}
    </p>
  )
