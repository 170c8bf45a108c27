"""Expressions over arrays, and what MXNet 1.9.1 gives for each.

The answers in golden.json were written by running this file with MXNet's own Python:

    python tests/ndarray/expressions.py

Every expression starts from fresh arrays `x` (3 by 4), `v` (5), `c` (2, 3, 4) and `i` (3 integers). What
stands before the last semicolon is run first.
"""

import json
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden.json"

READ = """
x[1]; x[-1]; x[1,2]; v[2]; x[1:3]; x[1:10]; x[5:]; x[-2:]; x[:-1]; x[::2]; x[::-1]; x[:,1]; x[:,-1]; x[:,::-1]
x[:,1:3]; x[1:3,0]; x[...,1]; x[...]; x[:]; x[None]; x[None,1]; x[:,None]; x[()]; v[()]; x[1,...]; x[0,0,...]
c[...,1]; c[1,...,2]; x[0,0:1]; x[(1,)]; v[3:1:-1]; x[1:3:-1]; x[10:0:-1]; x[1:2,1:2]; x[0][0][0]; v[0:0]
x[[0,2]]; x[[-1]]; x[nd.array([0,2])]; x[np.array([0,2])]; x[[0,2],[1,3]]; x[[0,2],1]; x[:,[1,3]]; x[x>5]
x[[1.7]]; x[nd.array([1.7])]; x[np.array([[0,1],[1,2]])]; x[None,[0,1]]; c[:,[0,1],[1,2]]; c[[0,1],:,[1,2]]
c[0,[0,1]]; c[0,:,[0,1]]; c[[0,1],...,0]; x[[[0,1]]]; x[(0,1),(1,2)]; x[((0,1),)]; x[range(2)]; x[np.int64(1)]
x[nd.array([0]),nd.array([1])]; x[True]; x[nd.array([1])[0]]; [a.shape for a in x]; [float(a.asscalar()) for a in v]
len(x); len(v[0]); bool(v[2]); bool(v[0]); 1 in v
"""

VIEWS = """
x[1:3]; x[1]; x[:,1]; x[0:3:2]; x[1,1:3]; x[1][1]; x[:]; x[...]; x[()]; x[None]; x[0:1,1:3]; x[0:1,:]; x[::1]
x[2:3]; x.reshape((4,3)); x.T; x.expand_dims(0); x.flatten(); x.slice_axis(axis=0,begin=0,end=1); x.copy()
x.astype('float32'); x.astype('float32',copy=False); x.as_in_context(mx.cpu()); x.as_in_context(mx.cpu(1))
x[[0,1]]; nd.Reshape(x,(4,3)); x.as_nd_ndarray()
"""

WRITE = """
x[1]=5; x[1]=np.array([1,2,3,4]); x[1]=[1,2,3,4]; x[1]=nd.array([1,2,3,4]); x[:,1]=nd.array([7,8,9]); x[1]=True
x[:]=nd.array([7,8,9,10]); x[:]=np.arange(12).reshape(3,4)*2; x[1:3,1:3]=[[1,2],[3,4]]; x[1:3,1:3]=nd.array([5])
x[1:3]=nd.zeros((1,2,4)); x[::2]=1; x[::-1]=nd.arange(12).reshape((3,4)); x[[0,2]]=1; x[:,[1,3]]=0; x[x>5]=0
x[[0,2],[1,3]]=nd.array([50,60]); x[1,2]=3.7; x[None]=1; x[()]=1; x[...]=1; x[:]=np.arange(4); x[1]=i[0]
x+=1; x-=1; x*=2; x/=2; x%=2; x+=x; x+=nd.ones((1,4)); x[0]+=x[1]; x[1:3]*=10
"""

WRITE_INTEGERS = "i[0]=2.9; i[0]=-2.9; i[0:2]=nd.array([1.5,2.5]); i[:]=2.9; i+=1.5; i/=2; i[[0,1]]=7.9"

ARITHMETIC = """
x+1; 1+x; x+x; x+v[:4]; x+nd.ones((1,4)); x+nd.ones((3,1)); x+np.float64(1); np.float64(1)+x; np.float32(2)*v; x+True
x-1; 1-x; x*2; x/2; 2/(v+1); x%3; 10%(v+1); v**2; 2**v; -v; abs(-v); v**v; v%(v+1); v/(v+1); v-v[1:2]
i+1.5; i/2; i==1.5; i*1.5; i>i; i%2; 7-i; 7/i; 7%i; i**2; 2**i; (i+1).dtype==np.int32; -i
nd.array([1,2],dtype='float16')+1; nd.array([1,2,3],dtype='uint8')-5; nd.array([1,2,3])/0
x==x; x==1; v==2; 2==v; v!=2; v>2; 2>v; v>=2; 2>=v; v<2; 2<v; v<=2; 2<=v; v==v[1:2]; v>nd.zeros((1,)); v!=v
nd.add(x,1); nd.add(1,x); nd.add(1,2); nd.maximum(x,5); nd.maximum(5,3); nd.maximum(x,x.T.reshape((3,4)))
nd.minimum(3,v); nd.power(2,v); nd.power(v,2); nd.equal(v,2); nd.subtract(5,v); nd.true_divide(v,2); nd.divide(2,v+1)
nd.modulo(v,2); nd.modulo(7,v+1); nd.lesser(v,2); nd.lesser(2,v); nd.greater(2,v); nd.greater_equal(2,v)
nd.logical_and(v,1); nd.logical_or(v,0); nd.logical_xor(v,1); nd.not_equal(v,3); nd.multiply(v,v); nd.lesser_equal(3,v)
"""

SHAPES = """
x.reshape(4,3); x.reshape((4,-1)); x.reshape(-1); x.reshape((0,-1)); x.reshape((-2,)); x.reshape((0,2,-1))
x.reshape((-3,)); x.reshape((-4,1,3,-2)); x.reshape((3,-1),reverse=True); x.reshape(shape=(4,3)); x.reshape((0,0))
c.reshape((-4,-1,2,0,0)); c.reshape((0,-3)); c.reshape((2,0,0),reverse=True); x.reshape((-4,3,-1,0)); x.reshape([4,3])
x.T; c.T; v.T; x.size; x.ndim; x.shape; x.stype; str(x.context); str(x.as_in_context(mx.cpu(1)).ctx)
x.sum(); x.sum(axis=0); x.sum(0); x.sum(axis=1,keepdims=True); x.mean(); x.max(); x.clip(2,5); x.transpose((1,0))
x.expand_dims(axis=0); x.flatten(); x.slice((0,1),(2,3)); x.slice(begin=(0,1),end=(2,3)); x.split(2)
x.split(num_outputs=2,axis=1); x.take(nd.array([0,2])); x.one_hot(12); nd.moveaxis(c,0,2); nd.moveaxis(c,[0,1],[1,0])
nd.concat(x,x,dim=0); nd.concat(x,x); nd.concatenate([x,x]); nd.concatenate([x,x],axis=1); nd.stack(x,x,axis=2)
nd.concatenate([x],always_copy=False) is x; nd.zeros_like(x); nd.ones_like(i); np.sum(v)
nd.FullyConnected(x,nd.ones((3,4)),num_hidden=3,no_bias=True); nd.FullyConnected(x,nd.ones((3,4)),None,3,True)
nd.FullyConnected(x,nd.ones((3,4)),nd.ones((3,)),3); nd.exp(0*v,out=v) is v; nd.dot(x,x.T); nd.cast(v,'int32')
nd.BatchNorm(c,nd.ones((3,)),nd.zeros((3,)),nd.zeros((3,)),nd.ones((3,)),eps=0.5); nd.split(x,num_outputs=1)
nd.add_n(v,v)
"""

CREATION = """
nd.array([1,2,3]); nd.array(np.array([1,2],dtype='int64')); nd.array(np.array([1,2],dtype='float16'))
nd.array([True,False])
nd.array(5); nd.array([]); nd.array([[]]).shape; nd.array(i); nd.array(i,dtype='float64'); nd.array((1,2))
nd.array(range(3))
nd.array([1.7,2.2],dtype='int32'); nd.array([1,2],dtype=int); nd.array([1,2],dtype=float); nd.array([300],dtype='uint8')
str(nd.array([1,2],ctx=mx.cpu(1)).context); nd.zeros((2,3)); nd.zeros(3); nd.zeros((2,3),dtype='int32')
nd.ones(2,None,'int64')
nd.zeros((2,3),mx.cpu(),'float16'); nd.full((2,2),7); nd.full((2,2),7.5,dtype='int32'); nd.full(3,True)
nd.empty((2,2)).shape
nd.full((2,2),nd.array([7])); nd.arange(3); nd.arange(1,4); nd.arange(1,10,2.5); nd.arange(3,repeat=2)
nd.arange(5,1,-1)
nd.arange(3,dtype='int32'); nd.eye(2); nd.eye(2,3,1); nd.eye(2,0,-1); nd.eye(2,dtype='int32'); nd.linspace(0,1,5)
nd.linspace(0,1,5,endpoint=False); nd.linspace(0,1,1); x.astype('int32'); x.astype(np.int64); x.astype(None)
nd.array([1.7,-1.7,300]).astype('uint8'); nd.array([1.7,-1.7]).astype('int32'); nd.array([0.1,0,-2]).astype('bool')
x.copyto(nd.zeros((3,4),dtype='int32')); nd.from_numpy(np.ones((2,3),dtype='f')); nd.from_dlpack(v.to_dlpack_for_read())
"""

PRINTED = """
v; x; v[0]; i; c; nd.array([1.5,2.123456789]); nd.arange(2000); nd.array([1e10,1]); nd.array([1e-10,np.nan,np.inf])
nd.array([1,2],dtype='float16'); nd.array([True,False],dtype='bool'); nd.zeros((2,0)) if False else v
"""


def _split(text):
    return [part.strip() for line in text.strip().splitlines() for part in line.split(";") if part.strip()]


def expressions():
    """All expressions, in order."""
    return [
        *_split(READ),
        *[f"y = {part}; y[:] = 99; x" for part in _split(VIEWS)],
        *[f"{part}; x" for part in _split(WRITE)],
        *[f"{part}; i" for part in _split(WRITE_INTEGERS)],
        *_split(ARITHMETIC),
        *_split(SHAPES),
        *_split(CREATION),
        *[f"repr({part})" for part in _split(PRINTED)],
    ]


def evaluate(code, mx, np):
    """The value of an expression, as what JSON can hold: arrays as shape, type and elements."""
    nd = mx.nd
    names = {"mx": mx, "nd": nd, "np": np, "x": nd.arange(12).reshape((3, 4)), "v": nd.arange(5)}
    names.update(c=nd.arange(24).reshape((2, 3, 4)), i=nd.array([1, 2, 3], dtype="int32"))
    *before, last = code.split("; ")
    for statement in before:
        exec(statement, names)
    return _plain(eval(last, names), nd, np)


def _plain(value, nd, np):
    if isinstance(value, nd.NDArray):
        elements = value.asnumpy()
        return {"shape": list(elements.shape), "dtype": elements.dtype.name, "elements": elements.reshape(-1).tolist()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, nd, np) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def main():
    """Write the golden answers; run with MXNet's Python."""
    import numpy

    for name, kind in {"bool": bool, "int": int, "float": float, "object": object}.items():
        if name not in numpy.__dict__:  # MXNet 1.9.1 was written for an older NumPy
            setattr(numpy, name, kind)
    import mxnet

    answers = {code: evaluate(code, mxnet, numpy) for code in expressions()}
    lines = [f"{json.dumps(code)}: {json.dumps(answer)}" for code, answer in answers.items()]
    GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
