import type { ReferralSectionView } from "../../contract/contract";

/** A referral as its receiver reads it. */
export function ReferralSections({ sections }: { sections: ReferralSectionView[] }) {
  return (
    <>
      {sections.map((section) => (
        <section key={section.title} className="app-section">
          <h3 className="app-h3">{section.title}</h3>
          {section.paragraphs.map((text, index) => (
            <p key={index} className="app-lines">
              {text}
            </p>
          ))}
          {section.rows.length > 0 && (
            <dl className="nhsuk-summary-list app-facts">
              {section.rows.map(([name, value], index) => (
                <div className="nhsuk-summary-list__row" key={index}>
                  <dt className="nhsuk-summary-list__key">{name}</dt>
                  <dd className="nhsuk-summary-list__value app-lines">{value}</dd>
                </div>
              ))}
            </dl>
          )}
        </section>
      ))}
    </>
  );
}
