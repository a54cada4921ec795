import { Facts } from "../../components/Facts";
import type { ReferralSectionView } from "../../contract/contract";

/** Up to so many characters stand beside each other; longer ones would have to be read down and up again. */
const BESIDE = 3000;

/** A referral as its receiver reads it. Sections without content say so: nobody has to guess. */
export function ReferralSections({
  sections,
  level = 3,
}: {
  sections: ReferralSectionView[];
  /** Level of the headings. */
  level?: 3 | 4;
}) {
  const Heading = `h${level}` as const;
  return (
    <div className={`app-referral ${lengthOf(sections) <= BESIDE ? "app-referral--beside" : ""}`}>
      {sections.map(({ title, paragraphs, rows }) => (
        <section key={title}>
          <Heading className="app-referral__title">{title}</Heading>
          {paragraphs.map((paragraph, index) => (
            <p key={index}>{paragraph}</p>
          ))}
          {rows.length > 0 && <Rows rows={rows} />}
          {paragraphs.length === 0 && rows.length === 0 && (
            <p className="app-quiet">Nothing taken down</p>
          )}
        </section>
      ))}
    </div>
  );
}

function lengthOf(sections: ReferralSectionView[]) {
  const texts = sections.flatMap(({ paragraphs, rows }) => [...paragraphs, ...rows.flat()]);
  return texts.reduce((sum, text) => sum + text.length, 0);
}

/** Questions may be asked twice, so rows have no key but their place. */
function Rows({ rows }: { rows: [string, string][] }) {
  const names = rows.map(([name]) => name);
  if (new Set(names).size === names.length) return <Facts facts={rows} />;
  return (
    <dl className="nhsuk-summary-list app-facts">
      {rows.map(([name, value], index) => (
        <div className="nhsuk-summary-list__row" key={index}>
          <dt className="nhsuk-summary-list__key">{name}</dt>
          <dd className="nhsuk-summary-list__value">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
