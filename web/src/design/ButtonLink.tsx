import { Link, type LinkProps } from "react-router";
import { buttonClass, type Shape } from "./Button";
import { cx } from "./cx";

/** A link that looks like a button. */
export function ButtonLink({ look = "plain", small, wide, className, ...rest }: LinkProps & Shape) {
  return <Link {...rest} className={cx(buttonClass({ look, small, wide }), className)} />;
}
