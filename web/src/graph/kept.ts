/** The items with those of before in the place of their equals, so that what is drawn of them is not drawn again; the list of before where all are. */
export function kept<Item extends { readonly id: string }>(before: readonly Item[], items: readonly Item[], isSame: (one: Item, other: Item) => boolean): readonly Item[] {
  const known = new Map(before.map((item) => [item.id, item]));
  const next = items.map((item) => {
    const old = known.get(item.id);
    return old !== undefined && isSame(old, item) ? old : item;
  });
  return next.length === before.length && next.every((item, index) => item === before[index]) ? before : next;
}

/** Whether two objects have the same values; what is in their values is not looked into. */
export function isShallowlySame<Item extends object>(one: Item, other: Item): boolean {
  const keys = Object.keys(one) as (keyof Item)[];
  return keys.length === Object.keys(other).length && keys.every((key) => Object.is(one[key], other[key]));
}
