import { Copyable } from "../../components/Copyable";
import type { AuditExchangeView } from "../../contract/contract";

/** What went over the wire for an event: how it went, and the ids to quote to whoever runs the other side. */
export function Exchanges({ exchanges }: { exchanges: AuditExchangeView[] }) {
  return (
    <ul className="app-plain-list app-audit__exchanges">
      {exchanges.map((one, index) => (
        <li key={index}>
          <span aria-hidden="true">⇄ </span>
          {one.at} {one.what}, {one.failed ? <strong>{one.went}</strong> : one.went}
          <dl>
            {(
              [
                ["Request id", one.request],
                ["Trace id", one.trace],
                ["Correlation id", one.correlation],
                ["Their request id", one.theirRequest],
              ] as const
            )
              .filter(([, id]) => id !== "")
              .map(([name, id]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>
                    <Copyable value={id} what={name.toLowerCase()} />
                  </dd>
                </div>
              ))}
          </dl>
        </li>
      ))}
    </ul>
  );
}
