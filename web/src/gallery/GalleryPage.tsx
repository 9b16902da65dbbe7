import { Page } from "../shell/Page";
import Gallery from "./Gallery";

/** `/gallery`: workflows to run at once, to look at and to begin with. */
export default function GalleryPage() {
  return (
    <Page title="Examples" from={{ to: "/workflows", label: "Workflows" }}>
      <Gallery />
    </Page>
  );
}
