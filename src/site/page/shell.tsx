/** The frame of the playground: its tabs, and the one that is looked at. */
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { ThemeButton } from '../../view/page/theme.tsx'
import { acceptDrops } from '../captures/dropped.ts'
import { firstLanguage, keepLanguage } from '../words/language.ts'
import { LANGUAGES, type Language, useWords, WORDS, WordsProvider } from '../words/words.ts'
import { hashOf, type Route, routeOf } from './route.ts'
import { TABS, type Tab, type TabProps } from './tabs.ts'

/** Changes the address without another step of the browser's history. */
const setHash = (hash: string): void => {
  try {
    history.replaceState(null, '', hash)
  } catch {
    // Some browsers do not let a file do so.
    location.replace(hash)
  }
}

export const Shell = () => {
  const [route, setRoute] = useState<Route>(() => routeOf(location.hash))
  const [language, setLanguage] = useState<Language>(() => firstLanguage(route.language))
  useEffect(() => {
    const look = () => {
      const next = routeOf(location.hash)
      setRoute(next)
      if (next.language !== null) setLanguage(next.language)
    }
    addEventListener('hashchange', look)
    return () => removeEventListener('hashchange', look)
  }, [])
  const words = WORDS[language]
  useEffect(() => {
    document.documentElement.lang = language
    document.title = words.title
  }, [language])
  const go = (change: Partial<Route>) => {
    const next = { ...routeOf(location.hash), ...change }
    setHash(hashOf(next))
    setRoute(next)
  }
  useEffect(() => acceptDrops(() => go({ tab: 'captures', argument: '' })), [])
  const speak = (next: Language) => {
    setLanguage(next)
    // An address that names a language goes on to; otherwise it does so only where nothing else remembers it.
    const kept = keepLanguage(next)
    if (!kept || route.language !== null) go({ language: next, tab: route.tab || TABS[0]!.id })
  }
  const tab = TABS.find(({ id }) => id === route.tab) ?? TABS[0]!
  return (
    <WordsProvider value={words}>
      <header class="top">
        <h1>{words.title}</h1>
        <nav class="site-tabs" aria-label={words.tabs.label}>
          {TABS.map(each => (
            <a
              key={each.id}
              href={hashOf({ language: route.language, tab: each.id, argument: '' })}
              aria-current={each === tab ? 'page' : undefined}
            >
              {each.title(words)}
            </a>
          ))}
        </nav>
        <span class="space" />
        <select
          aria-label={words.language}
          value={language}
          onChange={event => speak(event.currentTarget.value as Language)}
        >
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
        <ThemeButton names={[words.light, words.dark]} />
      </header>
      <TabView
        key={tab.id}
        tab={tab}
        argument={tab.id === route.tab ? route.argument : ''}
        setArgument={argument => go({ tab: tab.id, argument })}
      />
    </WordsProvider>
  )
}

const TabView = ({ tab, ...props }: TabProps & { readonly tab: Tab }) => {
  const words = useWords()
  const [{ View, error }, set] = useState<{
    readonly View: ComponentType<TabProps> | null
    readonly error: string
  }>(() => {
    const view = tab.load()
    return { View: view instanceof Promise ? null : view, error: '' }
  })
  useEffect(() => {
    if (View !== null) return
    Promise.resolve(tab.load()).then(
      view => set({ View: view, error: '' }),
      (reason: Error) => set({ View: null, error: reason.message }),
    )
  }, [])
  if (View !== null) return <View {...props} />
  return (
    <main class="waiting">
      <p class="empty" role="status">
        {error === '' ? words.loading : `${words.notLoaded} ${error}`}
      </p>
    </main>
  )
}
