/** Memory that a device's addon lends. A program without a device has none, and need not load the addon to find out. */
let lend: (() => Uint8Array | undefined) | null = null

/** The addon is in use: slabs are to be had from it. */
export const lendFrom = (slab: () => Uint8Array | undefined): void => {
  lend = slab
}

/** A slab, where the addon is in use and has one to lend. */
export const lentSlab = (): Uint8Array | undefined => lend?.()
