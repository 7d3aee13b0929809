import * as React from 'react';

interface Props<T> { items: T[]; onPick?: (item: T) => void }

/** A component. */
export function List<T extends { id: string }>({ items, onPick }: Props<T>) {
    const [open, setOpen] = React.useState<boolean>(false);
    return (
        <ul className="list" onClick={() => setOpen(!open)}>
            {items.map((item) => <li key={item.id}>{'}'}{item.id}</li>)}
            {/* [HOT] */}
        </ul>
    );
}

export const Button: React.FC<{ label: string }> = ({ label }) => (
    <button type="button">{label} don't stop</button>
);

export const Fancy = React.forwardRef<HTMLDivElement, Props<string>>((props, ref) => {
    return <div ref={ref} {...props} />;
});

const generic = <T,>(x: T) => { return <>{x}</>; };

export class Panel extends React.Component<Props<number>, { open: boolean }> {
    state = { open: false };
    toggle = () => this.setState({ open: !this.state.open });

    render() {
        return <section>{this.state.open && <List items={[]} />}</section>;
    }
}

export const element = <Panel items={[1]} onPick={(item) => { console.log(item); }} />;
export default React.memo(Button);
