import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import type { ReferralPaperView } from "../../contract/contract";
import { layOut, piecesOf } from "./sheets";
import type { Piece } from "./sheets";

/**
 * A referral on paper: nothing on the screen, and while it is there nothing else on paper. It is laid out on sheets here,
 * because no webview repeats a line on every page: each sheet has the three identifiers at its head.
 */
export function PrintedReferral({
  paper,
  onLaidOut,
}: {
  paper: ReferralPaperView;
  /** Once it can be printed. */
  onLaidOut: () => void;
}) {
  const [sheets, setSheets] = useState<Piece[][] | null>(null);
  const body = useRef<HTMLDivElement>(null);
  const told = useRef(onLaidOut);
  useEffect(() => {
    told.current = onLaidOut;
  });
  useLayoutEffect(() => {
    const place = body.current;
    if (!place) return;
    const lead = place.firstElementChild?.getBoundingClientRect().height ?? 0;
    const room = place.clientHeight - lead;
    // Where nothing is laid out nothing can be measured: then it is one sheet.
    const measured = room > 0;
    setSheets(
      layOut(piecesOf(paper.sections), measured ? measure(place) : () => 0, measured ? room : 1),
    );
  }, [paper]);
  useEffect(() => {
    if (sheets) told.current();
  }, [sheets]);
  const all = sheets ?? [[]];
  return createPortal(
    <div className="app-paper" aria-hidden="true">
      {all.map((pieces, index) => (
        <div className="app-paper__sheet" key={index}>
          <p className="app-paper__head">{paper.identifiers}</p>
          {paper.invented && (
            <p className="app-paper__invented">
              DEMONSTRATION: patient, service and referral are invented
            </p>
          )}
          <div className="app-paper__body" ref={sheets ? undefined : body}>
            {(index === 0 || !sheets) && (
              <div className="app-paper__lead">
                <p className="app-paper__title">{paper.title}</p>
                <p>{paper.toAndFrom}</p>
              </div>
            )}
            {pieces.map((piece, at) => (
              <PieceOfPaper key={at} piece={piece} />
            ))}
          </div>
          <p className="app-paper__foot">
            <span>Document {paper.reference}</span>
            <span>
              Page {index + 1} of {all.length}
            </span>
          </p>
        </div>
      ))}
    </div>,
    document.body,
  );
}

const classes: Record<Piece["kind"], string> = {
  heading: "app-paper__heading",
  text: "app-paper__text",
  row: "app-paper__row",
};

function PieceOfPaper({ piece }: { piece: Piece }) {
  if (piece.kind !== "row") return <p className={classes[piece.kind]}>{piece.text}</p>;
  return (
    <div className={classes.row}>
      <span>{piece.name}</span>
      <span>{piece.value}</span>
    </div>
  );
}

/** How high a piece becomes in this place: laid out there, looked at, and taken away again. */
function measure(place: HTMLElement) {
  return (piece: Piece): number => {
    const element = document.createElement(piece.kind === "row" ? "div" : "p");
    element.className = classes[piece.kind];
    if (piece.kind === "row") {
      for (const text of [piece.name, piece.value]) {
        element.appendChild(document.createElement("span")).textContent = text;
      }
    } else {
      element.textContent = piece.text;
    }
    place.appendChild(element);
    const { height } = element.getBoundingClientRect();
    element.remove();
    return height;
  };
}
