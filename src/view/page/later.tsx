/** Parts of a page that come after the rest of it, where pages are loaded in parts. */
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** A component that is loaded when it is first drawn. Until then there is nothing. */
export const later = <P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> => {
  let loaded: ComponentType<P> | null = null
  return props => {
    const [Part, setPart] = useState(() => loaded)
    useEffect(() => {
      if (Part !== null) return
      void load().then(part => {
        loaded = part
        setPart(() => part)
      })
    }, [])
    return Part === null ? null : <Part {...props} />
  }
}
