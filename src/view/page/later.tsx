/** Parts of a page that come after the rest of it, where pages are loaded in parts. */
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useViewWords } from './words.ts'

interface WaitingProps {
  /** The reason why the part cannot be loaded; '' while it is. */
  readonly error: string
}

const Nothing = ({ error }: WaitingProps) => {
  const { notLoaded } = useViewWords()
  return error === '' ? null : (
    <p class="empty" role="alert">
      {notLoaded} {error}
    </p>
  )
}

/**
 * A component that is loaded when it is first drawn.
 * @param Waiting is drawn until then, and where it cannot be loaded; by default nothing, and the reason
 */
export const later = <P extends object>(
  load: () => Promise<ComponentType<P>>,
  Waiting: ComponentType<WaitingProps> = Nothing,
): ComponentType<P> => {
  let loaded: ComponentType<P> | null = null
  return props => {
    const [Part, setPart] = useState(() => loaded)
    const [error, setError] = useState('')
    useEffect(() => {
      if (Part !== null) return
      load().then(
        part => {
          loaded = part
          setPart(() => part)
        },
        (reason: Error) => setError(reason.message),
      )
    }, [])
    return Part === null ? <Waiting error={error} /> : <Part {...props} />
  }
}
