/** The documentation's site as VitePress makes it. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCE = fileURLToPath(new URL('../../dist/docs-source/', import.meta.url))

/** Names of pages in the order in which one reads them, by what one wants to do. */
const SECTIONS = {
  'Watch TCP': ['labs/README', 'labs/zh/README', 'lab-differences', 'view', 'playground'],
  'From the command line': ['command-line', 'serving', 'recording', 'qlog', 'examine', 'examined'],
  'Test a program': [
    'testing-bad-networks',
    'register',
    'forward',
    'proxy',
    'proxy/docker-compose',
    'proxy/testcontainers',
    'proxy/playwright',
    'proxy/github-actions',
    'proxy/macos-windows',
    'packetdrill',
  ],
  'As a library': ['library', 'node-net', 'embedding'],
  'On a public network': ['hostile-networks', 'attacks'],
  'How well, how fast': [
    'limits',
    'requirements',
    'benchmark',
    'throughput',
    'congestion-control',
    'mutation',
  ],
}

const TITLES = {
  'labs/README': 'Twenty experiments',
  'labs/zh/README': '二十个实验',
  'lab-differences': "Beside the kernel's TCP",
  'proxy/docker-compose': 'Proxy in docker compose',
  'proxy/testcontainers': 'Proxy with testcontainers',
  'proxy/playwright': 'Proxy with Playwright',
  'proxy/github-actions': 'Proxy in GitHub Actions',
  'proxy/macos-windows': 'Proxy on macOS and Windows',
}

const titleOf = name => TITLES[name] ?? `${name[0].toUpperCase()}${name.slice(1).replaceAll('-', ' ')}`

/** A link to a file of the repository that is no page stands as its text: the site is about the pages. */
const onlyPages = md => {
  md.core.ruler.push('only-pages', ({ tokens, env }) => {
    for (const { children } of tokens)
      for (const token of children ?? []) {
        const href = token.type === 'link_open' ? token.attrGet('href') : null
        if (href === null || /^(?:[a-z]+:|#|\/)/.test(href)) continue
        const path = join(dirname(env.path), decodeURI(href.replace(/#.*/, '')))
        const page = /\.md$/.test(path) ? path : `${path.replace(/\.html$/, '')}.md`
        if (path.startsWith(SOURCE) && (existsSync(page) || /\.(?:svg|webp)$/.test(path))) continue
        token.type = 'html_inline'
        token.content = ''
        token.tag = ''
        const end = children.slice(children.indexOf(token)).find(({ type }) => type === 'link_close')
        end.type = 'html_inline'
        end.content = ''
      }
  })
}

export default {
  title: 'tuntcp',
  description: 'A userspace TCP over TUN in TypeScript',
  // The texts that are searched are one part.
  vite: { build: { chunkSizeWarningLimit: 8000 } },
  cleanUrls: false,
  markdown: { config: onlyPages },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Reference', link: '/api/index' },
      { text: 'Playground', link: '/playground/index.html', target: '_blank' },
      { text: 'Changes', link: '/CHANGELOG' },
    ],
    sidebar: Object.entries(SECTIONS).map(([text, names]) => ({
      text,
      items: names.map(name => ({ text: titleOf(name), link: `/docs/${name}` })),
    })),
  },
}
