import type { ReactNode } from "react";

/** A table that scrolls within its own box when there is more of it than room. */
export function ScrolledTable({
  label,
  heads,
  rows,
}: {
  label: string;
  heads: string[];
  rows: ReactNode[][];
}) {
  return (
    <div className="app-scroll" tabIndex={0} role="region" aria-label={label}>
      <table className="app-table">
        <thead>
          <tr>
            {heads.map((head) => (
              <th scope="col" key={head}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, column) => (
                <td key={column}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
