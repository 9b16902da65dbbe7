/** Returns the items, with each that equals one of before replaced by that one, so that it is not drawn again; the list of before if all are equal. */
export function kept<Item extends { readonly id: string }>(before: readonly Item[], items: readonly Item[], isSame: (one: Item, other: Item) => boolean): readonly Item[] {
  const known = new Map(before.map((item) => [item.id, item]));
  const next = items.map((item) => {
    const old = known.get(item.id);
    return old !== undefined && isSame(old, item) ? old : item;
  });
  return next.length === before.length && next.every((item, index) => item === before[index]) ? before : next;
}

/** Whether two objects have the same values, compared one level deep. */
export function isShallowlySame<Item extends object>(one: Item, other: Item): boolean {
  const keys = Object.keys(one) as (keyof Item)[];
  return keys.length === Object.keys(other).length && keys.every((key) => Object.is(one[key], other[key]));
}
