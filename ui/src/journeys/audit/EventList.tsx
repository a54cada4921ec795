import { useVirtualizer, defaultRangeExtractor } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import type { AuditRowView } from "../../contract/contract";
import { useTyped } from "../../frame/typed";
import { Outcome } from "./Outcome";
import { What } from "./What";

/** Heights in pixels; the styles hold rows to them. */
const rowHeight = 48;
const headHeight = 30;
/** So many rows before the end what is older is fetched. */
const ahead = 40;

const heads = ["When", "What happened", "Who", "How it ended", "Service", "Desk", "Encounter"];

type Props = {
  rows: AuditRowView[];
  /** How many there are in all; none while that is not known. */
  total: number | null;
  older: boolean;
  fetching: boolean;
  onOlder: () => void;
  /** The number of the event whose detail is shown. */
  opened: number | null;
  onOpen: (row: AuditRowView) => void;
};

/**
 * The events, newest first, of which the rows in sight alone are in the page. The focus is the list's own, so that it is not
 * lost with a row that goes out of sight; which row it is at, the list says.
 */
export function EventList({ rows, total, older, fetching, onOlder, opened, onOpen }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [kept, keep] = useTyped("audit place", { at: 0, offset: 0 });
  const [at, setAt] = useState(Math.min(kept.at, Math.max(0, rows.length - 1)));
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing of it is passed on to a memoised component
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 10,
    useFlushSync: false,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
    initialOffset: kept.offset,
    // The row that the keyboard is at is always there.
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), at])]
        .filter((index) => index < range.count)
        .sort((one, other) => one - other),
  });
  const items = virtualizer.getVirtualItems();
  const lowest = items[items.length - 1]?.index ?? 0;
  useEffect(() => {
    if (older && !fetching && lowest >= rows.length - ahead) onOlder();
  }, [older, fetching, lowest, rows.length, onOlder]);

  // Where it was left, for when the page is come back to.
  const place = useRef({ at, keep });
  useEffect(() => {
    place.current = { at, keep };
  });
  useEffect(() => {
    const list = box.current;
    if (list && kept.offset > 0) list.scrollTop = kept.offset;
    return () => place.current.keep({ at: place.current.at, offset: list?.scrollTop ?? 0 });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once, as the page comes and goes
  }, []);

  const moveTo = (index: number) => {
    const there = Math.max(0, Math.min(rows.length - 1, index));
    setAt(there);
    virtualizer.scrollToIndex(there, { align: "auto" });
  };
  const inSight = () =>
    Math.max(1, Math.floor(((box.current?.clientHeight ?? 0) - headHeight) / rowHeight) - 1);
  const pressed = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const row = rows[at];
    if (event.key === "ArrowDown") moveTo(at + 1);
    else if (event.key === "ArrowUp") moveTo(at - 1);
    else if (event.key === "PageDown") moveTo(at + inSight());
    else if (event.key === "PageUp") moveTo(at - inSight());
    else if (event.key === "Home") moveTo(0);
    else if (event.key === "End") moveTo(rows.length - 1);
    else if ((event.key === "Enter" || event.key === " ") && row) onOpen(row);
    else return;
    event.preventDefault();
  };

  return (
    <div
      id="audit-events"
      className="app-audit__list"
      role="grid"
      aria-label="Events, newest first"
      aria-rowcount={total === null ? -1 : total + 1}
      aria-colcount={heads.length}
      aria-activedescendant={`event-${rows[at]?.number}`}
      tabIndex={0}
      ref={box}
      onKeyDown={pressed}
    >
      <div role="rowgroup" className="app-audit__heads">
        <div role="row" aria-rowindex={1} className="app-audit__row">
          {heads.map((head) => (
            <span role="columnheader" key={head}>
              {head}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="app-audit__rows" style={{ height: rows.length * rowHeight }}>
        {items.map(({ index, start }) => {
          const row = rows[index];
          return (
            row && (
              <Row
                key={row.number}
                row={row}
                index={index}
                top={start - headHeight}
                at={index === at}
                opened={row.number === opened}
                onOpen={() => {
                  setAt(index);
                  onOpen(row);
                }}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

type RowProps = {
  row: AuditRowView;
  index: number;
  top: number;
  at: boolean;
  opened: boolean;
  onOpen: () => void;
};

function Row({ row, index, top, at, opened, onOpen }: RowProps) {
  return (
    <div
      id={`event-${row.number}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={opened}
      className={`app-audit__row ${at ? "app-audit__row--at" : ""}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onOpen}
    >
      <span role="gridcell" className="app-audit__when">
        {row.at} <span className="app-quiet">{row.zone}</span>
      </span>
      <span role="gridcell" className="app-audit__what" title={row.what}>
        <What row={row} />
      </span>
      <span role="gridcell">
        {row.name || row.who || "Nobody"}
        <br />
        <span className="app-quiet">{row.role}</span>
      </span>
      <span role="gridcell">
        <Outcome outcome={row.outcome} words={row.outcomeWords} />
      </span>
      <span role="gridcell" className="app-audit__what">
        {row.service}
      </span>
      <span role="gridcell">{row.device}</span>
      <span role="gridcell">{row.encounter && <code>{row.encounter.slice(0, 8)}</code>}</span>
    </div>
  );
}
