import { fieldOf } from "../../json/fieldOf";
import { ExactNumber } from "../../json/exactNumber";
import { isList, isObject, type Json } from "./types";

/** Whether two JSON values are equal, whatever the order of their keys. */
export function sameJson(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (left instanceof ExactNumber) return right instanceof ExactNumber && left.text === right.text;
  if (isList(left) && isList(right)) return left.length === right.length && left.every((item, position) => sameJson(item, right[position]));
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left).filter((key) => fieldOf(left, key) !== undefined);
  return keys.length === Object.keys(right).filter((key) => fieldOf(right, key) !== undefined).length && keys.every((key) => Object.hasOwn(right, key) && sameJson(fieldOf(left, key), fieldOf(right, key)));
}
