import { CodeBlock, Dialog, Button } from "../design";

/** A secret that is shown only once. */
export function OnceShown({ title, text, secret, onClose }: { readonly title: string; readonly text: string; readonly secret: string | null; readonly onClose: () => void }) {
  return (
    <Dialog
      open={secret !== null}
      onClose={onClose}
      title={title}
      description={text}
      foot={
        <Button look="primary" onClick={onClose}>
          I have kept it
        </Button>
      }
    >
      {secret !== null && <CodeBlock text={secret} label="Copy" />}
    </Dialog>
  );
}
