/** Modules that scripts/site/generated.js makes while the site is built. */

/** The pages of docs/labs as HTML, by the name of the lab. */
declare module 'generated:guide-en' {
  export const pages: Readonly<Record<string, string>>
}

/** Those that there are in Chinese. */
declare module 'generated:guide-zh' {
  export const pages: Readonly<Record<string, string>>
}

/** The interface of congestion controllers, as its source has it. */
declare module 'generated:controller-interface' {
  export const interfaces: readonly {
    readonly name: string
    readonly says: string
    readonly members: readonly { readonly name: string; readonly signature: string; readonly says: string }[]
  }[]
}
