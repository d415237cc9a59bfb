/** Parts of a page that come after the rest of it, where pages are loaded in parts. */
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useViewWords } from './words.ts'

/** A component that is loaded when it is first drawn. Until then there is nothing; where it cannot be loaded, the reason. */
export const later = <P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> => {
  let loaded: ComponentType<P> | null = null
  return props => {
    const [Part, setPart] = useState(() => loaded)
    const [error, setError] = useState('')
    const { notLoaded } = useViewWords()
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
    if (Part !== null) return <Part {...props} />
    return error === '' ? null : (
      <p class="empty" role="alert">
        {notLoaded} {error}
      </p>
    )
  }
}
