import * as React from 'react';

interface Props<T> { items: T[]; onPick?: (item: T) => void }

/** A component. */
export function List<T extends { id: string }>({ items, onPick }: Props<T>) { /* ... */ }

export const Button: React.FC<{ label: string }> = ({ label }) => { /* ... */ };

export const Fancy = React.forwardRef<HTMLDivElement, Props<string>>((props, ref) => { /* ... */ });

const generic = <T,>(x: T) => { /* ... */ };

export class Panel extends React.Component<Props<number>, { open: boolean }> {
    state = { open: false };
    toggle = () => { /* ... */ };

    render() { /* ... */ }
}

export const element = <Panel items={[1]} onPick={(item) => { /* ... */ }} />;
export default React.memo(Button);
