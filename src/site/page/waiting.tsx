/** A tab while it is loaded, or the reason why it cannot be. */
import { useViewWords } from '../../view/page/words.ts'
import { useWords } from '../words/words.ts'

/** @param props.error '' while it is loaded */
export const Waiting = ({ error }: { readonly error: string }) => {
  const words = useWords()
  const { notLoaded } = useViewWords()
  return (
    <main class="waiting">
      <p class="empty" role="status">
        {error === '' ? words.loading : `${notLoaded} ${error}`}
      </p>
    </main>
  )
}
