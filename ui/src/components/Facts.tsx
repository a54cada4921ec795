import type { ReactNode } from "react";
import { Unbroken } from "./Unbroken";

/** Facts read back, as a summary list; what is empty is left away. */
export function Facts({ facts }: { facts: (readonly [string, ReactNode])[] }) {
  return (
    <dl className="nhsuk-summary-list app-facts">
      {facts
        .filter(([, value]) => value !== "" && value !== null && value !== undefined)
        .map(([name, value]) => (
          <div className="nhsuk-summary-list__row" key={name}>
            <dt className="nhsuk-summary-list__key">{name}</dt>
            <dd className="nhsuk-summary-list__value">
              {typeof value === "string" ? <Unbroken text={value} /> : value}
            </dd>
          </div>
        ))}
    </dl>
  );
}
